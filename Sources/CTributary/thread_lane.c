/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "thread_lane.h"

#include <pthread.h>

_Thread_local struct tributary_thread_lane tributary_thread_lanes[TRIBUTARY_THREAD_LANES];

/* The lanes of this thread, under the mutex: other threads take lanes of freed channels out. Its address is what a lane's
 * owner is known by. */
static _Thread_local struct tributary_sender *owned;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static pthread_key_t exit_key;
static bool exit_key_created;

pthread_mutex_t *tributary_thread_lanes_lock(void) {
    pthread_mutex_lock(&mutex);
    return &mutex;
}

static void own(struct tributary_sender *lane) {
    lane->thread->owner = &owned;
    lane->thread->previous = NULL;
    lane->thread->next = owned;
    if (owned != NULL) owned->thread->previous = lane;
    owned = lane;
}

static void disown(struct tributary_sender *lane) {
    if (lane->thread->owner == NULL) return;
    if (lane->thread->previous != NULL)
        lane->thread->previous->thread->next = lane->thread->next;
    else
        *lane->thread->owner = lane->thread->next;
    if (lane->thread->next != NULL) lane->thread->next->thread->previous = lane->thread->previous;
    lane->thread->owner = NULL;
}

/* A thread's exit gives its lanes up; their messages stay. A destructor of the thread that sends after this one ran takes a lane
 * again and sets the key again, so this one runs again. */
static void at_thread_exit(void *value) {
    (void)value;
    for (int i = 0; i < TRIBUTARY_THREAD_LANES; i++) tributary_thread_lanes[i].channel_number = 0;
    pthread_mutex_lock(&mutex);
    while (owned != NULL) disown(owned);
    pthread_mutex_unlock(&mutex);
}

static void exit_key_create(void) {
    exit_key_created = pthread_key_create(&exit_key, at_thread_exit) == 0;
}

/* A lane that is this thread's, or nobody's. Under the mutex. */
static struct tributary_sender *find_in_list(struct tributary_channel *channel) {
    struct tributary_sender *free_lane = NULL;
    for (struct tributary_sender *lane = channel->shared->back.lanes; lane != NULL;
         lane = lane->registry_next) {
        if (lane->thread->owner == &owned) return lane;
        if (lane->thread->owner == NULL) free_lane = lane;
    }
    if (free_lane != NULL) own(free_lane); /* T2 */
    return free_lane;
}

static struct tributary_sender *add_to_list(struct tributary_channel *channel) {
    struct tributary_sender *lane;
    if (tributary_lane_create(channel, &channel->options.shared_geometry, &lane) != 0) return NULL;
    /* Somebody may wait already: M3. */
    if (channel->options.capacity != TRIBUTARY_UNBOUNDED) lane->hot.transition.wake_at = 0;
    pthread_mutex_lock(&mutex);
    if (tributary_load_relaxed(&channel->shared_front.state) & TRIBUTARY_LANE_CLOSED) {
        /* The close has been through the list. */
        pthread_mutex_unlock(&mutex);
        tributary_lane_free(lane);
        return NULL;
    }
    own(lane);
    lane->registry_next = channel->shared->back.lanes;
    /* T1: the list is walked without the mutex. Whoever sees a turn of this thread, or a later one, sees the lane: it is added
     * before the thread takes its first turn. */
    tributary_store_release(&channel->shared->back.lanes, lane);
    pthread_mutex_unlock(&mutex);
    return lane;
}

struct tributary_sender *tributary_thread_lane_find(struct tributary_channel *channel) {
    pthread_once(&exit_once, exit_key_create);
    if (!exit_key_created) return NULL;
    if (pthread_getspecific(exit_key) == NULL && pthread_setspecific(exit_key, &owned) != 0)
        return NULL;
    pthread_mutex_lock(&mutex);
    struct tributary_sender *lane = find_in_list(channel);
    pthread_mutex_unlock(&mutex);
    if (lane == NULL) lane = add_to_list(channel);
    if (lane == NULL) return NULL;
    tributary_thread_lanes[channel->number % TRIBUTARY_THREAD_LANES] =
        (struct tributary_thread_lane){channel->number, lane};
    return lane;
}

void tributary_thread_lanes_free(struct tributary_channel *channel) {
    pthread_mutex_lock(&mutex);
    for (struct tributary_sender *lane = channel->shared->back.lanes; lane != NULL;
         lane = lane->registry_next)
        disown(lane);
    pthread_mutex_unlock(&mutex);
    while (channel->shared->back.lanes != NULL) {
        struct tributary_sender *lane = channel->shared->back.lanes;
        channel->shared->back.lanes = lane->registry_next;
        tributary_lane_free(lane);
    }
}
