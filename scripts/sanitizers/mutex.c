// Linked into every executable that is built with the thread sanitizer. Swift's Mutex is inlined where it is used, but
// for what it does when two threads want it at once: that is in libswiftSynchronization.so, which is not instrumented,
// so the sanitizer would not see that one thread waited for the other, and would report all that the mutex protects.
// These functions take the place of the library's three, call them, and tell the sanitizer.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

// Synchronization._MutexHandle's methods.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self

typedef SWIFT void Lock(uint32_t thread, SELF);
typedef SWIFT bool TryLock(SELF);
typedef SWIFT void Unlock(SELF);

static Lock *library_lock;
static TryLock *library_try_lock;
static Unlock *library_unlock;

__attribute__((constructor)) static void find_library(void) {
    library_lock = (Lock *)dlsym(RTLD_NEXT, LOCK);
    library_try_lock = (TryLock *)dlsym(RTLD_NEXT, TRY_LOCK);
    library_unlock = (Unlock *)dlsym(RTLD_NEXT, UNLOCK);
}

Lock lock_when_contended __asm__(LOCK);
TryLock try_lock_when_contended __asm__(TRY_LOCK);
Unlock unlock_when_contended __asm__(UNLOCK);

SWIFT void lock_when_contended(uint32_t thread, SELF) {
    library_lock(thread, self);
    __tsan_acquire(self);
}

SWIFT bool try_lock_when_contended(SELF) {
    const bool is_locked = library_try_lock(self);
    if (is_locked) { __tsan_acquire(self); }
    return is_locked;
}

SWIFT void unlock_when_contended(SELF) {
    __tsan_release(self);
    library_unlock(self);
}
