/* SPDX-License-Identifier: Apache-2.0 */
/* What a C++17 program of somebody else looks like: the inline hot path, and every header. */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include <tributary/inline.h>

namespace {

constexpr unsigned senders = 3;
constexpr std::uint64_t messages = 20000;

void check(bool condition, const char *what) {
    if (!condition) {
        std::fprintf(stderr, "consumer: %s\n", what);
        std::exit(1);
    }
}

struct Destroy {
    void operator()(tributary_channel *channel) const { tributary_channel_destroy(channel); }
    void operator()(tributary_sender *sender) const { tributary_sender_destroy(sender); }
};

}  // namespace

int main() {
    tributary_options options;
    tributary_options_initialize(&options, sizeof(std::uint64_t), alignof(std::uint64_t),
                                 TRIBUTARY_UNBOUNDED);
    tributary_channel *created = nullptr;
    check(tributary_channel_create(&options, &created) == 0, "create");
    std::unique_ptr<tributary_channel, Destroy> channel(created);

    std::vector<std::thread> threads;
    for (unsigned i = 0; i < senders; i++) {
        tributary_sender *opened = nullptr;
        check(tributary_channel_open_sender(channel.get(), &opened) == 0, "open");
        threads.emplace_back([sender = std::unique_ptr<tributary_sender, Destroy>(opened)] {
            for (std::uint64_t number = 1; number <= messages; number++)
                check(tributary_sender_send(sender.get(), &number, sizeof number) == 0, "send");
        });
    }

    std::uint64_t message, sum = 0;
    int error;
    while ((error = tributary_channel_receive(channel.get(), &message, sizeof message)) == 0)
        sum += message;
    check(error == -EPIPE, tributary_error_string(error));
    check(sum == senders * (messages * (messages + 1) / 2), "sum");

    for (auto &thread : threads)
        thread.join();
    std::printf("sum %llu\n", static_cast<unsigned long long>(sum));
    return 0;
}
