/* SPDX-License-Identifier: Apache-2.0 */
/* Sequences of calls against a reference of plain arrays, on one thread, where every outcome is known: order of each sender, exact
 * capacity, overflow, close, ends, failing allocations, and what is destroyed.
 *
 * The bytes of an input choose the options and then the calls. With clang's libFuzzer they are found by it; otherwise
 * `sequences SEED COUNT` makes them up, and prints the seed of the one that failed. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <tributary/tributary.h>

#define require(condition) ((condition) ? (void)0 : failed(__LINE__, #condition))

enum { MOST_STREAMS = 12, MOST_MESSAGES = 4096, MOST_BATCH = 40, SHARED = 0 };

struct message {
    uint32_t stream, number;
};

/* What one sender has sent and nobody has received. Stream 0 is that of all shared senders. */
struct stream {
    uint32_t first, last; /* numbers: those from first to last - 1, in order, but for the dropped ones */
    tributary_sender *sender;
};

struct world {
    const uint8_t *input;
    size_t left;
    tributary_channel *channel;
    size_t capacity;
    tributary_overflow overflow;
    struct stream streams[MOST_STREAMS];
    uint32_t stream_count;
    tributary_shared_sender *shared[2];
    bool closed;
    uint64_t destroyed, to_be_destroyed;
    size_t outstanding; /* allocations */
    uint32_t until_failure; /* allocations; 0: none fails */
    bool allocation_failed; /* during the present call */
};

static uint64_t current_seed;

static void failed(int line, const char *what) {
    fprintf(stderr, "sequences.c:%d: %s does not hold (seed %llu)\n", line, what, (unsigned long long)current_seed);
    abort();
}

static uint32_t choose(struct world *world, uint32_t bound) {
    if (world->left == 0) return 0;
    world->left--;
    return *world->input++ % bound;
}

/* ---- Allocations that fail, and are counted ---- */

static void *allocate(void *context, size_t size, size_t alignment) {
    struct world *world = context;
    if (world->until_failure > 0 && --world->until_failure == 0) {
        world->allocation_failed = true;
        return NULL;
    }
    void *memory;
    if (posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, size) != 0) return NULL;
    world->outstanding++;
    return memory;
}

static void deallocate(void *context, void *memory, size_t size, size_t alignment) {
    (void)size;
    (void)alignment;
    struct world *world = context;
    require(world->outstanding > 0);
    world->outstanding--;
    free(memory);
}

static void destroy_message(void *context, void *message) {
    (void)message;
    ((struct world *)context)->destroyed++;
}

/* ---- The reference ---- */

static uint32_t length(const struct stream *stream) { return stream->last - stream->first; }

static bool anything(const struct world *world) {
    for (uint32_t i = 0; i < world->stream_count; i++)
        if (length(&world->streams[i]) > 0) return true;
    return false;
}

static bool anybody(const struct world *world) {
    for (uint32_t i = 1; i < world->stream_count; i++)
        if (world->streams[i].sender != NULL) return true;
    return world->shared[0] != NULL || world->shared[1] != NULL;
}

/* `count` messages were offered, and `result` came back. */
static void sent(struct world *world, struct stream *stream, size_t count, ptrdiff_t result) {
    size_t room = world->capacity - length(stream);
    if (world->closed) {
        require(result == -EPIPE);
        return;
    }
    if (world->allocation_failed && (result == -ENOMEM || (result > 0 && (size_t)result < count))) {
        /* Some may have gone before. */
        if (result > 0) {
            require((size_t)result <= room);
            sent(world, stream, (size_t)result, result);
        }
        return;
    }
    switch (world->overflow) {
    case TRIBUTARY_OVERFLOW_WAIT:
        if (room == 0) {
            require(result == -EAGAIN);
            return;
        }
        require((size_t)result == (count < room ? count : room));
        stream->last += (uint32_t)result;
        return;
    case TRIBUTARY_OVERFLOW_DROP_NEWEST:
        require((size_t)result == count);
        world->to_be_destroyed += count > room ? count - room : 0;
        stream->last += (uint32_t)(count < room ? count : room);
        return;
    case TRIBUTARY_OVERFLOW_DROP_OLDEST:
        require((size_t)result == count);
        stream->last += (uint32_t)count;
        if (length(stream) > world->capacity) {
            world->to_be_destroyed += length(stream) - world->capacity;
            stream->first = stream->last - (uint32_t)world->capacity;
        }
        return;
    }
}

static void received(struct world *world, struct message message) {
    require(message.stream < world->stream_count);
    struct stream *stream = &world->streams[message.stream];
    require(length(stream) > 0 && message.number == stream->first);
    stream->first++;
}

/* A call that receives found nothing. */
static void nothing(struct world *world, ptrdiff_t result) {
    require(!anything(world));
    require(result == (world->closed || !anybody(world) ? -EPIPE : -EAGAIN));
}

/* ---- The calls ---- */

static struct stream *choose_stream(struct world *world) {
    if (world->stream_count == 1) return NULL;
    struct stream *stream = &world->streams[1 + choose(world, world->stream_count - 1)];
    return stream->sender != NULL ? stream : NULL;
}

static void fill(struct world *world, const struct stream *stream, struct message *messages, size_t count) {
    for (size_t i = 0; i < count; i++)
        messages[i] = (struct message){(uint32_t)(stream - world->streams), stream->last + (uint32_t)i};
}

static bool has_space(const struct stream *stream) { return stream->last < MOST_MESSAGES; }

static void open_sender(struct world *world, tributary_sender *original) {
    if (world->stream_count == MOST_STREAMS) return;
    tributary_sender *sender;
    int error = original != NULL ? tributary_sender_clone(original, &sender)
                                 : tributary_channel_open_sender(world->channel, &sender);
    if (error == -ENOMEM && world->allocation_failed) return;
    require(error == (world->closed ? -EPIPE : 0));
    if (error == 0) world->streams[world->stream_count++] = (struct stream){.sender = sender};
}

static void open_or_end_shared(struct world *world) {
    tributary_shared_sender **shared = &world->shared[choose(world, 2)];
    if (*shared != NULL) {
        tributary_shared_sender_destroy(*shared);
        *shared = NULL;
        return;
    }
    int error = tributary_channel_open_shared_sender(world->channel, shared);
    if (error == 0) return;
    *shared = NULL;
    require((error == -ENOMEM && world->allocation_failed) || (error == -EPIPE && world->closed));
}

static void send_shared(struct world *world, size_t count) {
    tributary_shared_sender *shared = world->shared[choose(world, 2)];
    struct stream *stream = &world->streams[SHARED];
    struct message messages[MOST_BATCH];
    if (shared == NULL || !has_space(stream)) return;
    fill(world, stream, messages, count);
    ptrdiff_t result;
    if (count == 1) {
        result = tributary_shared_sender_try_send(shared, messages, sizeof(*messages));
        if (result == 0) result = 1;
    } else {
        result = tributary_shared_sender_try_send_batch(shared, messages, count, sizeof(*messages));
    }
    sent(world, stream, count, result);
}

static void send_some(struct world *world, struct stream *stream, size_t count) {
    struct message messages[MOST_BATCH];
    if (stream == NULL || !has_space(stream)) return;
    fill(world, stream, messages, count);
    ptrdiff_t result;
    if (count == 1) {
        result = tributary_sender_try_send(stream->sender, messages, sizeof(*messages));
        if (result == 0) result = 1;
    } else {
        result = tributary_sender_try_send_batch(stream->sender, messages, count, sizeof(*messages));
    }
    sent(world, stream, count, result);
}

static void send_in_place(struct world *world, struct stream *stream, size_t count) {
    void *slots;
    if (stream == NULL || !has_space(stream) || world->overflow != TRIBUTARY_OVERFLOW_WAIT) return;
    ptrdiff_t reserved = tributary_sender_try_reserve(stream->sender, count, &slots);
    if (reserved < 0) {
        require((reserved == -ENOMEM && world->allocation_failed) || (reserved == -EPIPE && world->closed) ||
                (reserved == -EAGAIN && !world->closed && length(stream) == world->capacity));
        return;
    }
    require((size_t)reserved <= count && length(stream) + (size_t)reserved <= world->capacity);
    size_t part = choose(world, (uint32_t)reserved + 1);
    fill(world, stream, slots, part);
    int error = tributary_sender_commit(stream->sender, part);
    if (part == 0) return;
    require(error == (world->closed ? -EPIPE : 0));
    if (error == 0) stream->last += (uint32_t)part;
}

static void receive(struct world *world, size_t count) {
    struct message messages[MOST_BATCH];
    ptrdiff_t result;
    if (count == 1) {
        result = tributary_channel_try_receive(world->channel, messages, sizeof(*messages));
        if (result == 0) result = 1;
    } else {
        result = tributary_channel_try_receive_batch(world->channel, messages, count, sizeof(*messages));
    }
    if (result < 0) {
        nothing(world, result);
        return;
    }
    require((size_t)result <= count && result > 0);
    for (ptrdiff_t i = 0; i < result; i++) received(world, messages[i]);
    /* A batch ends early only when nothing is left. */
    require((size_t)result == count || !anything(world));
}

static void receive_in_place(struct world *world, size_t count) {
    void *front;
    if (world->overflow == TRIBUTARY_OVERFLOW_DROP_OLDEST) return;
    ptrdiff_t borrowed = tributary_channel_try_borrow(world->channel, &front, count);
    if (borrowed < 0) {
        nothing(world, borrowed);
        return;
    }
    size_t part = choose(world, (uint32_t)borrowed + 1);
    const struct message *messages = front;
    for (size_t i = 0; i < part; i++) received(world, messages[i]);
    require(tributary_channel_release(world->channel, part) == 0);
}

static void close(struct world *world) {
    /* Seldom, or nothing else would be tried. */
    if (choose(world, 16) != 15) return;
    require(tributary_channel_close(world->channel) == 0);
    world->closed = true;
}

static void end_sender(struct stream *stream) {
    if (stream == NULL) return;
    tributary_sender_destroy(stream->sender);
    stream->sender = NULL;
}

static void look(struct world *world) {
    size_t all = 0;
    for (uint32_t i = 0; i < world->stream_count; i++) all += length(&world->streams[i]);
    require(tributary_channel_length(world->channel) == all);
    require(tributary_channel_is_closed(world->channel) == world->closed);
    struct stream *stream = choose_stream(world);
    if (stream != NULL) require(tributary_sender_length(stream->sender) == length(stream));
}

static void call(struct world *world) {
    world->allocation_failed = false;
    uint32_t what = choose(world, 14);
    size_t count = 1 + choose(world, MOST_BATCH);
    switch (what) {
    case 0: open_sender(world, NULL); return;
    case 1: {
        struct stream *stream = choose_stream(world);
        open_sender(world, stream != NULL ? stream->sender : NULL);
        return;
    }
    case 2: end_sender(choose_stream(world)); return;
    case 3: send_some(world, choose_stream(world), 1); return;
    case 4: send_some(world, choose_stream(world), count); return;
    case 5: send_in_place(world, choose_stream(world), count); return;
    case 6: open_or_end_shared(world); return;
    case 7: send_shared(world, 1); return;
    case 8: send_shared(world, count); return;
    case 9: receive(world, 1); return;
    case 10: receive(world, count); return;
    case 11: receive_in_place(world, count); return;
    case 12: close(world); return;
    case 13: look(world); return;
    }
}

static bool create(struct world *world) {
    static const size_t capacities[] = {1, 2, 3, 7, 64, 1000, TRIBUTARY_UNBOUNDED, TRIBUTARY_UNBOUNDED};
    tributary_options options;
    world->capacity = capacities[choose(world, 8)];
    tributary_options_initialize(&options, sizeof(struct message), _Alignof(struct message), world->capacity);
    if (world->capacity != TRIBUTARY_UNBOUNDED) world->overflow = (tributary_overflow)choose(world, 3);
    options.overflow = world->overflow;
    options.fence = choose(world, 2) == 0 ? TRIBUTARY_FENCE_DEFAULT : TRIBUTARY_FENCE_LOCAL;
    options.destroy_message = destroy_message;
    options.destroy_context = world;
    options.allocator = (tributary_allocator){allocate, deallocate, world};
    /* Where messages are dropped a batch that is cut short says too little about which. */
    if (choose(world, 2) == 1 && world->overflow == TRIBUTARY_OVERFLOW_WAIT) world->until_failure = 1 + choose(world, 40);
    return tributary_channel_create(&options, &world->channel) == 0;
}

static void finish(struct world *world, bool receiver_first) {
    for (uint32_t i = 0; i < world->stream_count; i++) world->to_be_destroyed += length(&world->streams[i]);
    if (receiver_first) tributary_channel_destroy(world->channel);
    for (uint32_t i = 1; i < world->stream_count; i++) tributary_sender_destroy(world->streams[i].sender);
    for (int i = 0; i < 2; i++) tributary_shared_sender_destroy(world->shared[i]);
    if (!receiver_first) tributary_channel_destroy(world->channel);
    require(world->destroyed == world->to_be_destroyed);
    require(world->outstanding == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
    struct world world = {.input = input, .left = size, .stream_count = 1};
    if (!create(&world)) {
        require(world.outstanding == 0);
        return 0;
    }
    bool receiver_first = choose(&world, 2) == 1;
    while (world.left > 0) call(&world);
    finish(&world, receiver_first);
    return 0;
}

#ifndef TRIBUTARY_LIBFUZZER
static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

int main(int count, char **arguments) {
    enum { LONGEST = 1200 };
    uint64_t seed = count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    uint64_t sequences = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    uint64_t calls = 0;
    for (current_seed = seed; current_seed < seed + sequences; current_seed++) {
        uint8_t input[LONGEST];
        uint64_t state = current_seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
        for (int i = 0; i < 8; i++) next(&state);
        size_t size = next(&state) % LONGEST;
        for (size_t i = 0; i < size; i++) input[i] = (uint8_t)(next(&state) >> 24);
        LLVMFuzzerTestOneInput(input, size);
        calls += size / 3;
    }
    printf("%llu sequences, about %llu calls: each as the reference\n", (unsigned long long)sequences,
           (unsigned long long)calls);
    return 0;
}
#endif
