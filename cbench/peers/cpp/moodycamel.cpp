// SPDX-License-Identifier: Apache-2.0
#include "moodycamel.hpp"

#include "program.hpp"

int main(int count, char **arguments) {
    return program(count, arguments, {{"moodycamel", run<moodycamel_queue>},
                                      {"moodycamel-implicit", run<moodycamel_implicit_queue>},
                                      {"moodycamel-blocking", run<moodycamel_blocking_queue>}});
}
