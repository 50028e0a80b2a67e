/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE
#define _DEFAULT_SOURCE
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <tributary/tributary.h>
#include <unistd.h>

static const char usage[] =
    "usage: wordcount [--workers N] [--top N] [--capacity N] PATH...\n"
    "\n"
    "Counts the words of all files below each PATH and prints the most frequent ones. A word is a\n"
    "longest run of ASCII letters, in lower case.\n"
    "\n"
    "  -w, --workers N   threads that read files, 1 to 1024 (default: one for each processor)\n"
    "  -t, --top N       how many words to print, 0 for all (default: 10)\n"
    "  -c, --capacity N  words that may be on their way from one worker, or `unbounded`\n"
    "                    (default: 16384)\n"
    "  -h, --help\n"
    "  -V, --version\n"
    "\n"
    "Symbolic links are not followed, but for a PATH that is one. What cannot be read is reported\n"
    "and left out. Status: 0; 1 when something could not be read; 2 when counting failed; 64 when\n"
    "the arguments are wrong.\n";

static void refuse(const char *problem, const char *value) {
    fprintf(stderr, "wordcount: %s: %s\n%s", problem, value, usage);
    exit(EX_USAGE);
}

static size_t number(const char *option, const char *text, size_t minimum, size_t maximum) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < minimum || value > maximum)
        refuse(option, text);
    return (size_t)value;
}

void arguments_parse(struct arguments *arguments, int argc, char **argv) {
    static const struct option options[] = {
        {"workers", required_argument, NULL, 'w'}, {"top", required_argument, NULL, 't'},
        {"capacity", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};

    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    arguments->workers = processors < 1                 ? 1
                         : processors > WORKERS_MAXIMUM ? WORKERS_MAXIMUM
                                                        : (size_t)processors;
    arguments->top = 10;
    arguments->capacity = 16384;

    int option;
    while ((option = getopt_long(argc, argv, "w:t:c:hV", options, NULL)) != -1) {
        switch (option) {
        case 'w':
            arguments->workers = number("--workers", optarg, 1, WORKERS_MAXIMUM);
            break;
        case 't':
            arguments->top = number("--top", optarg, 0, SIZE_MAX);
            break;
        case 'c':
            arguments->capacity = strcmp(optarg, "unbounded") == 0
                                      ? TRIBUTARY_UNBOUNDED
                                      : number("--capacity", optarg, 1, UINT32_MAX);
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        case 'V':
            printf("wordcount, tributary %s\n", tributary_version_string());
            exit(0);
        default: /* getopt_long has said what is wrong */
            fputs(usage, stderr);
            exit(EX_USAGE);
        }
    }
    if (optind == argc) {
        fprintf(stderr, "wordcount: which directory?\n%s", usage);
        exit(EX_USAGE);
    }
    arguments->paths = argv + optind;
}
