// libpq for Swift: its character macros as named constants, and the event descriptor that wakes a waiting thread.
#ifndef FRAMELAKE_CPOSTGRESQL_SHIM_H
#define FRAMELAKE_CPOSTGRESQL_SHIM_H

#include <libpq-fe.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum cpq_field {
    CPQ_FIELD_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED,
    CPQ_FIELD_SQLSTATE = PG_DIAG_SQLSTATE,
    CPQ_FIELD_MESSAGE = PG_DIAG_MESSAGE_PRIMARY,
    CPQ_FIELD_DETAIL = PG_DIAG_MESSAGE_DETAIL,
    CPQ_FIELD_HINT = PG_DIAG_MESSAGE_HINT,
    CPQ_FIELD_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME,
};

static inline const char *_Nullable cpq_result_field(const PGresult *_Nonnull result, enum cpq_field field) {
    return PQresultErrorField(result, (int)field);
}

/// A descriptor that becomes readable by `cpq_event_signal`; -1 when the process has none left.
static inline int cpq_event_open(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

/// Adds one to a counter that cannot overflow here, so the write cannot fail.
static inline void cpq_event_signal(int event) {
    uint64_t one = 1;
    ssize_t written = write(event, &one, sizeof one);
    (void)written;
}

/// Fails when nothing was signalled, which is what is wanted then.
static inline void cpq_event_clear(int event) {
    uint64_t count;
    ssize_t taken = read(event, &count, sizeof count);
    (void)taken;
}

#endif
