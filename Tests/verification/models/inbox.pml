/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox, liburcu's wfcqueue, link by link: node n is that of sender n, HEAD the dummy in the channel. A part of models that
 * define SENDERS, and touch(n) for an access to a node's memory. Links are plain stores; a model with store buffers has its
 * own. */
#define HEAD SENDERS
#define NONE 255

byte following[SENDERS + 1] = NONE;
byte tail = HEAD;

/* Between the exchange and the link the enqueuer may be preempted, or stopped. */
inline enqueue(own) {
    touch(own);
    following[own] = NONE;
    d_step { previous = tail; tail = own };
    touch(previous);
    following[previous] = own
}

/* __cds_wfcq_dequeue_nonblocking: `node` becomes NONE when it is empty, or would block. */
inline dequeue() {
    node = following[HEAD];
    if
    :: node != NONE ->
        touch(node);
        next = following[node];
        if
        :: next == NONE ->
            following[HEAD] = NONE;
            d_step {
                if
                :: tail == node -> tail = HEAD
                :: else -> next = node
                fi
            };
            if
            :: next == node ->
                /* Somebody is behind it: has the link come? */
                touch(node);
                next = following[node];
                if
                :: next == NONE -> following[HEAD] = node; node = NONE
                :: else -> following[HEAD] = next
                fi
            :: else
            fi
        :: else -> following[HEAD] = next
        fi;
        next = 0
    :: else
    fi
}
