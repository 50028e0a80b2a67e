/* SPDX-License-Identifier: Apache-2.0 */
/* Is a history that of a linearizable queue with a close?
 *
 * Every message is unique and there is one receiver, so that a history is a queue's if and only if
 *
 *   each message that a send reported as sent is received exactly once, and no other one is,
 *   the messages of one sender are received in their order,
 *   no message is received before one whose send had returned when its own began,
 *   no receive reports empty over a message whose send had returned when the receive began,
 *   no send is accepted that began after the close had returned, or the end was reported,
 *   no send is refused as closed that had returned when the close began,
 *   no call is out of time before its time,
 *   no more than the capacity had been sent and not been received at any time,
 *   and no send reports full, or runs out of time, though what had been sent and not received, and what each of the other
 *   threads was about to send in a call that overlaps it (shared_turn.h, "full"), left room from its begin to its end. */
#include "history.h"

#include <errno.h>
#include <stdlib.h>

const char *const fault_names[FAULTS] = {
    "none", "received what nobody sent", "received twice", "received and given back", "sent and never received",
    "an error that cannot be", "sent after the close", "out of time before its time", "one sender's messages in another order",
    "received before what had been sent before", "reported empty over a message", "more than the capacity",
    "reported full while there was room"};

/* The call that sent a message, or NULL. */
struct index {
    const struct send *of[MOST_SENDERS][MOST_MESSAGES];
};

static enum fault index_sends(const struct history *history, struct index *index) {
    for (unsigned s = 0; s < history->senders; s++) {
        for (unsigned n = 0; n < history->messages; n++) index->of[s][n] = NULL;
        for (size_t i = 0; i < history->send_count[s]; i++) {
            const struct send *send = &history->sends[s][i];
            bool waits = send->patience != 0;
            if (send->sent == 0 && send->error == 0) return FAULT_ERROR;
            if (send->error != 0 && send->error != -EPIPE && send->error != (waits ? -ETIMEDOUT : -EAGAIN)) return FAULT_ERROR;
            if (send->error == -EPIPE && send->end < history->closing) return FAULT_ERROR;
            if (send->error == -ETIMEDOUT &&
                (send->patience == TRIBUTARY_FOREVER || send->end - send->begin < (uint64_t)send->patience))
                return send->patience == TRIBUTARY_FOREVER ? FAULT_ERROR : FAULT_EARLY;
            for (unsigned n = 0; n < send->sent; n++) index->of[s][send->first + n] = send;
            if (send->sent > 0 && send->begin > history->closed) return FAULT_AFTER_CLOSE;
        }
    }
    for (size_t i = 0; i < history->receive_count; i++) {
        const struct receive *receive = &history->receives[i];
        if (receive->received > 0) continue;
        if (receive->error != -EPIPE && receive->error != (receive->patience != 0 ? -ETIMEDOUT : -EAGAIN)) return FAULT_ERROR;
        if (receive->error == -ETIMEDOUT && receive->end - receive->begin < (uint64_t)receive->patience) return FAULT_EARLY;
    }
    return FAULT_NONE;
}

static enum fault check_messages(const struct history *history, const struct index *index) {
    bool has[MOST_SENDERS][MOST_MESSAGES] = {{false}};
    int64_t last[MOST_SENDERS];
    enum fault order = FAULT_NONE;
    for (unsigned s = 0; s < history->senders; s++) last[s] = -1;
    for (size_t i = 0; i < history->received; i++) {
        struct message message = history->order[i];
        if (message.sender >= history->senders || message.number >= history->messages) return FAULT_INVENTED;
        if (has[message.sender][message.number]) return FAULT_TWICE;
        if (index->of[message.sender][message.number] == NULL) return FAULT_RETURNED;
        has[message.sender][message.number] = true;
        if (message.number < last[message.sender]) order = FAULT_OWN_ORDER;
        last[message.sender] = message.number;
    }
    for (unsigned s = 0; s < history->senders; s++)
        for (unsigned n = 0; n < history->messages; n++)
            if (index->of[s][n] != NULL && !has[s][n]) return FAULT_LOST;
    return order;
}

static enum fault check_order(const struct history *history, const struct index *index) {
    uint64_t latest = 0;
    for (size_t i = 0; i < history->received; i++) {
        const struct send *send = index->of[history->order[i].sender][history->order[i].number];
        if (send->end < latest) return FAULT_ORDER;
        if (send->begin > latest) latest = send->begin;
    }
    return FAULT_NONE;
}

static enum fault check_empty(const struct history *history, const struct index *index) {
    uint64_t earliest_end = UINT64_MAX;
    size_t i = history->received;
    for (size_t r = history->receive_count; r-- > 0;) {
        const struct receive *receive = &history->receives[r];
        for (; i > receive->position + receive->received; i--) {
            const struct send *send = index->of[history->order[i - 1].sender][history->order[i - 1].number];
            if (send->end < earliest_end) earliest_end = send->end;
        }
        if (receive->received == 0 && receive->error != -EPIPE && earliest_end < receive->begin) return FAULT_EMPTY;
    }
    return FAULT_NONE;
}

/* Messages whose receive had begun, or ended, before that time. */
static size_t received_before(const struct history *history, uint64_t time, bool ended) {
    size_t count = 0;
    for (size_t r = 0; r < history->receive_count; r++) {
        const struct receive *receive = &history->receives[r];
        if ((ended ? receive->end : receive->begin) >= time) break;
        count = receive->position + receive->received;
    }
    return count;
}

/* Messages of that sender whose call had begun, or ended, before that time. */
static size_t sent_before(const struct history *history, unsigned sender, uint64_t time, bool ended) {
    size_t count = 0;
    for (size_t i = 0; i < history->send_count[sender]; i++) {
        const struct send *send = &history->sends[sender][i];
        if ((ended ? send->end : send->begin) >= time) break;
        count += send->sent;
    }
    return count;
}

static enum fault check_capacity(const struct history *history) {
    for (unsigned s = 0; s < history->senders; s++)
        for (size_t i = 0; i < history->send_count[s]; i++) {
            size_t sent = 0;
            if (history->sends[s][i].sent == 0) continue;
            for (unsigned other = 0; other < history->senders; other++)
                sent += sent_before(history, other, history->sends[s][i].end + 1, true);
            if (sent > history->capacity + received_before(history, history->sends[s][i].end, false)) return FAULT_CAPACITY;
        }
    return FAULT_NONE;
}

/* What a thread's messages, and what it was about to send, may have taken at one moment of that call of another. */
static size_t most_taken(const struct history *history, unsigned sender, const struct send *call) {
    size_t sent = 0, most = 0;
    for (size_t i = 0; i < history->send_count[sender]; i++) {
        const struct send *send = &history->sends[sender][i];
        if (send->begin >= call->end) break;
        sent += send->sent;
        size_t taken = sent;
        /* What was refused because of the close may have been published, and counts from then on. */
        if (send->end > call->begin || send->end > history->closing) taken += send->asked - send->sent;
        if (taken > most) most = taken;
    }
    return most;
}

static enum fault check_full(const struct history *history) {
    for (unsigned s = 0; s < history->senders; s++)
        for (size_t i = 0; i < history->send_count[s]; i++) {
            const struct send *send = &history->sends[s][i];
            /* A batch that was sent in part, and not because of a close, found it full too. */
            bool in_part = send->sent > 0 && send->sent < send->asked && send->end < history->closing;
            if (!in_part && !history_refused(send->error)) continue;
            size_t taken = sent_before(history, s, send->end, false);
            for (unsigned other = 0; other < history->senders; other++)
                if (other != s) taken += most_taken(history, other, send);
            if (taken < history->capacity + received_before(history, send->begin, true)) return FAULT_FULL;
        }
    return FAULT_NONE;
}

enum fault history_check(const struct history *history) {
    struct index index;
    enum fault fault = index_sends(history, &index);
    if (fault == FAULT_NONE) fault = check_messages(history, &index);
    if (fault == FAULT_NONE) fault = check_order(history, &index);
    if (fault == FAULT_NONE) fault = check_empty(history, &index);
    if (fault == FAULT_NONE && history->capacity != TRIBUTARY_UNBOUNDED) fault = check_capacity(history);
    if (fault == FAULT_NONE && history->capacity != TRIBUTARY_UNBOUNDED) fault = check_full(history);
    return fault;
}
