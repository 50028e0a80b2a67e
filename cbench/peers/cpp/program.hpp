// SPDX-License-Identifier: Apache-2.0
// Reads cells, one a line on standard input or one an argument, and answers each with one line of JSON.
#pragma once

#include <initializer_list>
#include <iostream>
#include <string>
#include <string_view>

#include "harness.hpp"

struct implementation {
    std::string_view name;
    void (*run)(const cell &, report &);
};

inline int program(int argument_count, char **arguments,
                   std::initializer_list<implementation> implementations) {
    auto answer = [&](const char *request) {
        cell asked;
        cell_parse(&asked, request);
        for (const auto &one : implementations)
            if (one.name == asked.implementation) {
                report report;
                report_begin(&report);
                one.run(asked, report);
                return;
            }
        fail("there is no implementation %s", asked.implementation);
    };
    distribution_ticks_per_nanosecond();
    for (int index = 1; index < argument_count; index++)
        answer(arguments[index]);
    if (argument_count == 1)
        for (std::string line; std::getline(std::cin, line);)
            answer(line.c_str());
    return 0;
}
