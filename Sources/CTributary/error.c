/* SPDX-License-Identifier: Apache-2.0 */
#include <tributary/error.h>

const char *tributary_error_string(int error) {
    if (error > 0) error = -error;
    switch (error) {
    case 0: return "success";
    case -EAGAIN: return "channel is full (send) or empty (receive)";
    case -EPIPE: return "channel is closed or finished";
    case -ETIMEDOUT: return "timeout";
    case -ENOMEM: return "out of memory";
    case -EINVAL: return "invalid argument";
    case -EBUSY: return "already in use";
    case -EALREADY: return "already there";
    case -EMFILE: return "too many open files in this process";
    case -ENFILE: return "too many open files in this system";
    default: return "unknown error";
    }
}
