/* SPDX-License-Identifier: Apache-2.0 */
/* Histories with a fault put in, for the checker to find. */
#include <errno.h>
#include <string.h>

#include "history.h"

static const struct send *send_of(const struct history *history, struct message message) {
    for (size_t i = 0; i < history->send_count[message.sender]; i++) {
        const struct send *send = &history->sends[message.sender][i];
        if (message.number >= send->first && message.number < send->first + send->sent) return send;
    }
    return NULL;
}

static struct receive *receive_of(struct history *history, size_t position) {
    size_t r = 0;
    while (history->receives[r].position + history->receives[r].received <= position) r++;
    return &history->receives[r];
}

static void remove_at(struct history *history, size_t position) {
    struct receive *receive = receive_of(history, position);
    if (--receive->received == 0) receive->error = -EAGAIN, receive->patience = 0;
    for (size_t r = 0; r < history->receive_count; r++)
        if (history->receives[r].position > position) history->receives[r].position--;
    memmove(&history->order[position], &history->order[position + 1],
            (--history->received - position) * sizeof history->order[0]);
}

static void exchange(struct history *history, size_t a, size_t b) {
    struct message message = history->order[a];
    history->order[a] = history->order[b];
    history->order[b] = message;
}

/* Two messages, of which one had been sent before the other's send began: exchanged. */
static bool put_out_of_order(struct history *history, size_t from, bool same_sender) {
    for (size_t k = 0; k < history->received; k++) {
        size_t i = (from + k) % history->received;
        for (size_t j = i + 1; j < history->received; j++) {
            struct message a = history->order[i], b = history->order[j];
            if ((a.sender == b.sender) != same_sender) continue;
            if (!same_sender) {
                bool alone = true; /* of their senders, from the one to the other */
                for (size_t m = i + 1; m < j; m++)
                    if (history->order[m].sender == a.sender || history->order[m].sender == b.sender) alone = false;
                if (!alone || send_of(history, a)->end >= send_of(history, b)->begin) continue;
            }
            exchange(history, i, j);
            return true;
        }
    }
    return false;
}

/* An empty-handed receive between two others, over a message that had been sent by then. */
static bool overlook(struct history *history, size_t from) {
    if (history->receive_count == MOST_RECEIVES) return false;
    for (size_t k = 0; k < history->receive_count; k++) {
        size_t r = (from + k) % history->receive_count;
        struct receive *receive = &history->receives[r];
        if (receive->received == 0) continue;
        for (size_t i = receive->position; i < history->received; i++)
            if (send_of(history, history->order[i])->end < receive->begin) {
                memmove(receive + 1, receive, (history->receive_count++ - r) * sizeof(*receive));
                *receive = (struct receive){receive[1].begin, receive[1].begin, receive[1].position, 0, -EAGAIN, 0};
                return true;
            }
    }
    return false;
}

/* A try that is refused while less than the capacity can have been taken: after the last call of a sender, when all was received. */
static bool refuse_with_room(struct history *history, unsigned sender) {
    uint64_t time = 0;
    size_t *count = &history->send_count[sender];
    if (history->capacity == TRIBUTARY_UNBOUNDED || *count == MOST_CALLS || history->closing != UINT64_MAX) return false;
    for (unsigned s = 0; s < history->senders; s++)
        for (size_t i = 0; i < history->send_count[s]; i++) {
            if (history->sends[s][i].end > time) time = history->sends[s][i].end;
        }
    for (size_t r = 0; r < history->receive_count; r++)
        if (history->receives[r].end > time) time = history->receives[r].end;
    history->sends[sender][(*count)++] = (struct send){time + 1, time + 2, 0, 1, 0, -EAGAIN, 0};
    return true;
}

static bool spoil_send(struct history *history, unsigned sender, enum fault fault) {
    for (size_t i = 0; i < history->send_count[sender]; i++) {
        struct send *send = &history->sends[sender][i];
        if (fault == FAULT_ERROR && send->error == -EAGAIN) {
            send->error = i % 2 == 0 && send->end < history->closing ? -EPIPE : -EINVAL;
            return true;
        }
        if (fault == FAULT_EARLY && send->error == -ETIMEDOUT) {
            send->patience = (int64_t)(send->end - send->begin) + 1;
            return true;
        }
        if (fault == FAULT_AFTER_CLOSE && send->sent > 0) {
            history->closed = send->begin - 1;
            return true;
        }
    }
    return false;
}

/* The least capacity that still holds what had been sent before the first receive began, less one. */
static bool overfill(struct history *history) {
    size_t sent = 0;
    uint64_t time = UINT64_MAX;
    for (size_t r = 0; r < history->receive_count && time == UINT64_MAX; r++)
        if (history->receives[r].received > 0) time = history->receives[r].begin;
    for (unsigned s = 0; s < history->senders; s++)
        for (size_t i = 0; i < history->send_count[s]; i++)
            if (history->sends[s][i].end < time) sent += history->sends[s][i].sent;
    if (sent < 2) return false;
    history->capacity = sent - 1;
    return true;
}

bool history_mutate(struct history *history, enum fault fault, uint64_t *random) {
    unsigned sender = (unsigned)(random_next(random) % history->senders);
    if (fault == FAULT_ERROR || fault == FAULT_EARLY || fault == FAULT_AFTER_CLOSE) return spoil_send(history, sender, fault);
    if (fault == FAULT_FULL) return refuse_with_room(history, sender);
    if (history->received == 0) return false;
    size_t position = random_next(random) % history->received;
    struct message *message = &history->order[position];
    switch (fault) {
    case FAULT_INVENTED: message->number = (uint32_t)history->messages; return true;
    case FAULT_TWICE:
        if (position == 0) return false;
        *message = history->order[position - 1];
        return true;
    case FAULT_RETURNED: {
        struct send *send = (struct send *)(uintptr_t)send_of(history, *message);
        if (message->number + 1 != send->first + send->sent) return false;
        /* It may say so: an attempt always, any other call only once the close had begun. */
        if (send->sent == 1 && send->patience != 0 && send->end < history->closing) return false;
        if (--send->sent == 0) send->error = send->patience == 0 ? -EAGAIN : -EPIPE;
        return true;
    }
    case FAULT_LOST: remove_at(history, position); return true;
    case FAULT_OWN_ORDER: return put_out_of_order(history, position, true);
    case FAULT_ORDER: return put_out_of_order(history, position, false);
    case FAULT_EMPTY: return overlook(history, random_next(random) % history->receive_count);
    case FAULT_CAPACITY: return overfill(history);
    default: return false;
    }
}
