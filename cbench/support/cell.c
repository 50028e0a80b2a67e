/* SPDX-License-Identifier: Apache-2.0 */
#include "cell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static uint64_t number(const char *key, const char *text) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-')
        fail("%s=%s is not a number", key, text);
    return value;
}

static void word(const char *key, const char *text, char *destination, size_t size) {
    if (strlen(text) >= size)
        fail("%s=%s is too long", key, text);
    strcpy(destination, text);
}

static enum cell_mode mode(const char *text) {
    if (strcmp(text, "single") == 0)
        return CELL_SINGLE;
    if (strcmp(text, "batch") == 0)
        return CELL_BATCH;
    if (strcmp(text, "in-place") == 0)
        return CELL_IN_PLACE;
    if (strcmp(text, "batch-receive") == 0)
        return CELL_BATCH_RECEIVE;
    fail("there is no mode %s", text);
}

static void field(struct cell *cell, const char *key, const char *value) {
    if (strcmp(key, "implementation") == 0)
        word(key, value, cell->implementation, sizeof cell->implementation);
    else if (strcmp(key, "mode") == 0)
        cell->mode = mode(value);
    else if (strcmp(key, "producers") == 0)
        cell->producers = (unsigned)number(key, value);
    else if (strcmp(key, "capacity") == 0)
        cell->capacity = number(key, value);
    else if (strcmp(key, "payload_bytes") == 0)
        cell->payload_bytes = number(key, value);
    else if (strcmp(key, "count") == 0)
        cell->count = number(key, value);
    else if (strcmp(key, "rate") == 0)
        cell->rate = number(key, value);
    else if (strcmp(key, "idle_senders") == 0)
        cell->idle_senders = (unsigned)number(key, value);
    else
        fail("there is no parameter %s", key);
}

void cell_parse(struct cell *cell, const char *line) {
    char copy[512];
    char *rest;
    word("request", line, copy, sizeof copy);
    *cell = (struct cell){.producers = 1, .capacity = 16384, .payload_bytes = 8, .count = 100000};
    char *token = strtok_r(copy, " \t\r\n", &rest);
    if (token == NULL)
        fail("an empty request");
    word("scenario", token, cell->scenario, sizeof cell->scenario);
    while ((token = strtok_r(NULL, " \t\r\n", &rest)) != NULL) {
        char *equals = strchr(token, '=');
        if (equals == NULL)
            fail("%s is not parameter=value", token);
        *equals = '\0';
        field(cell, token, equals + 1);
    }
    if (cell->producers < 1 || cell->producers > CELL_PRODUCERS_MAXIMUM)
        fail("producers=%u is out of range", cell->producers);
    if (cell->count < cell->producers)
        fail("count is below one message a producer");
    if (cell->payload_bytes != 8 && cell->payload_bytes != 64 && cell->payload_bytes != 256)
        fail("payload_bytes is 8, 64 or 256");
}

uint64_t cell_share(const struct cell *cell, unsigned producer) {
    return cell->count / cell->producers + (producer < cell->count % cell->producers ? 1 : 0);
}
