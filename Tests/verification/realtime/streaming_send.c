/* SPDX-License-Identifier: Apache-2.0 */
/* What a send on a streaming lane executes, instruction by instruction: no locked one, no fence, no call, no system call.
 *
 * The program traces a child that brings a lane to stream and then sends one message between two breakpoints. For comparison it sends
 * one on a fenced lane: a checker that finds nothing there would find nothing at all. x86-64 Linux. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <tributary/inline.h>
#include <unistd.h>

enum { ENOUGH_TO_STREAM = 2000, MOST_INSTRUCTIONS = 100000 };

/* ---- The child ---- */

static void check(bool condition) {
    if (!condition) _exit(3);
}

/* The only inline send of this program, so that it is inlined. The sender has slots left: it is not at the edge of a segment. */
static void send_between_breakpoints(tributary_sender *sender, uint64_t number) {
    __asm__ volatile("int3" ::: "memory");
    int error = tributary_sender_try_send(sender, &number, sizeof(number));
    __asm__ volatile("int3" ::: "memory");
    check(error == 0);
}

static void child(bool streams) {
    tributary_options options;
    tributary_options_initialize(&options, sizeof(uint64_t), _Alignof(uint64_t), TRIBUTARY_UNBOUNDED);
    if (!streams) options.fence = TRIBUTARY_FENCE_LOCAL;
    tributary_channel *channel;
    tributary_sender *sender;
    check(tributary_channel_create(&options, &channel) == 0);
    check(tributary_channel_open_sender(channel, &sender) == 0);
    uint64_t number;
    for (uint64_t n = 0; n < ENOUGH_TO_STREAM; n++) {
        check(tributary_sender_try_send_batch(sender, &n, 1, sizeof(n)) == 1);
        check(tributary_channel_try_receive(channel, &number, sizeof(number)) == 0 && number == n);
    }
    /* One more: the next one is not the first of a segment. */
    check(tributary_sender_try_send_batch(sender, &number, 1, sizeof(number)) == 1);
    send_between_breakpoints(sender, 7);
    _exit(0);
}

/* ---- What was executed ---- */

struct findings {
    int instructions, locked, fences, calls;
};

static bool is_prefix(unsigned char byte) {
    return byte == 0x66 || byte == 0xF2 || byte == 0xF3 || byte == 0x2E || byte == 0x3E || byte == 0x26 || byte == 0x64 ||
           byte == 0x65 || byte == 0x36 || byte == 0x67;
}

/* The first bytes of an instruction. */
static void judge(struct findings *findings, const unsigned char *byte) {
    findings->instructions++;
    while (is_prefix(*byte)) byte++;
    if (*byte == 0xF0) {
        findings->locked++;
        return;
    }
    if ((*byte & 0xF0) == 0x40) byte++; /* REX */
    unsigned operation = byte[1] >> 3 & 7;
    bool in_memory = byte[1] >> 6 != 3;
    if (*byte == 0x86 || *byte == 0x87) findings->locked += in_memory; /* xchg locks by itself */
    if (*byte == 0xE8 || (*byte == 0xFF && (operation == 2 || operation == 3))) findings->calls++;
    if (*byte == 0x0F && byte[1] == 0x05) findings->calls++; /* syscall */
    if (*byte == 0x0F && byte[1] == 0xAE && byte[2] >= 0xE8) findings->fences++; /* lfence, mfence, sfence */
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void wait_for_trap(pid_t traced) {
    int status;
    if (waitpid(traced, &status, 0) < 0) fail("waitpid");
    if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP) return;
    fprintf(stderr, "the traced program did not get there (status %x)\n", (unsigned)status);
    exit(1);
}

static struct findings trace(bool streams) {
    struct findings findings = {0};
    pid_t traced = fork();
    if (traced < 0) fail("fork");
    if (traced == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) fail("ptrace");
        child(streams);
    }
    wait_for_trap(traced);
    for (;;) {
        struct user_regs_struct registers;
        if (ptrace(PTRACE_GETREGS, traced, NULL, &registers) != 0) fail("ptrace");
        union {
            long words[2];
            unsigned char bytes[16];
        } code;
        for (int i = 0; i < 2; i++)
            code.words[i] = ptrace(PTRACE_PEEKTEXT, traced, registers.rip + 8 * (unsigned)i, NULL);
        if (code.bytes[0] == 0xCC) break; /* the second breakpoint */
        judge(&findings, code.bytes);
        if (findings.instructions > MOST_INSTRUCTIONS || ptrace(PTRACE_SINGLESTEP, traced, NULL, NULL) != 0) {
            fprintf(stderr, "no end of it\n");
            exit(1);
        }
        wait_for_trap(traced);
    }
    kill(traced, SIGKILL);
    waitpid(traced, NULL, 0);
    return findings;
}

static bool clean(const struct findings *findings) {
    return findings->locked == 0 && findings->fences == 0 && findings->calls == 0;
}

int main(void) {
    struct findings streaming = trace(true), fenced = trace(false);
    printf("a send       instructions  locked  fences  calls\n");
    printf("streaming    %12d  %6d  %6d  %5d\n", streaming.instructions, streaming.locked, streaming.fences, streaming.calls);
    printf("fenced       %12d  %6d  %6d  %5d\n", fenced.instructions, fenced.locked, fenced.fences, fenced.calls);
    if (!clean(&streaming)) {
        printf("a streaming send is not as cheap as it has to be\n");
        return 1;
    }
    if (clean(&fenced) || streaming.instructions == 0) {
        printf("nothing was looked at: a fenced send has a locked instruction\n");
        return 1;
    }
    return 0;
}
