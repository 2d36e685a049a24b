// What libav tells nobody but its log, where it refuses a file: the error code is the same as for other reasons.

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "CFFmpeg.h"

struct cffmpeg_refusal {
    _Atomic bool too_many_streams;
    _Atomic uint64_t size;
};

cffmpeg_refusal *cffmpeg_refusal_make(void) { return calloc(1, sizeof(cffmpeg_refusal)); }

void cffmpeg_refusal_free(cffmpeg_refusal *refusal) { free(refusal); }

bool cffmpeg_refused_streams(const cffmpeg_refusal *refusal) { return refusal->too_many_streams; }

uint64_t cffmpeg_refused_size(const cffmpeg_refusal *refusal) { return refusal->size; }

static bool is(const AVClass *class, const char *name) { return class && strcmp(class->class_name, name) == 0; }

/// Finds by `source`, an object that begins with its class, whom the message is about, and prints nothing.
///
/// Decoders run on threads of their own, so what was refused is kept in the object's `opaque`, which libav hands on to
/// a decoder's copies.
static void note(void *source, int level, const char *format, va_list arguments) {
    if (!source || level > AV_LOG_ERROR) { return; }
    const AVClass *class = *(const AVClass *const *)source;
    if (is(class, "AVFormatContext") && strstr(format, "max_streams")) {
        cffmpeg_refusal *refusal = ((AVFormatContext *)source)->opaque;
        if (refusal) { refusal->too_many_streams = true; }
    } else if (is(class, "IMGUTILS") && strncmp(format, "Picture size %ux%u ", 19) == 0) {
        void *parent = *(void **)((uint8_t *)source + class->parent_log_context_offset);
        if (!parent || !is(*(const AVClass *const *)parent, "AVCodecContext")) { return; }
        cffmpeg_refusal *refusal = ((AVCodecContext *)parent)->opaque;
        uint64_t width = va_arg(arguments, unsigned);
        if (refusal) { refusal->size = width << 32 | va_arg(arguments, unsigned); }
    }
}

void cffmpeg_take_log(void) { av_log_set_callback(note); }
