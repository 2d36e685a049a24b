// libav on first use. Its libraries bring some 110 others with them, 20 MB of a process that may never decode anything,
// such as a service that hands each video to a child. So none of them is linked: each function below has the name and
// the type that libav's headers give it, and calls libav's own once its library is loaded.
//
// A function of libav that is missing here is an undefined symbol when the package is linked: add its line.

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

// The names below are this program's alone: libav's libraries, which call these functions too, never see them.
#pragma GCC visibility push(hidden)
#include "CFFmpeg.h"
#pragma GCC visibility pop

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

// The version whose headers this was compiled with.
#ifdef __APPLE__
#define FILE_NAME(name, version) "lib" name "." TEXT(version) ".dylib"
#else
#define FILE_NAME(name, version) "lib" name ".so." TEXT(version)
#endif

static const char avutil[] = FILE_NAME("avutil", LIBAVUTIL_VERSION_MAJOR);
static const char avcodec[] = FILE_NAME("avcodec", LIBAVCODEC_VERSION_MAJOR);
static const char avformat[] = FILE_NAME("avformat", LIBAVFORMAT_VERSION_MAJOR);
static const char swscale[] = FILE_NAME("swscale", LIBSWSCALE_VERSION_MAJOR);

/// Ends the process as the dynamic linker does where a library is not installed.
static void *load(const char *library, const char *name) {
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    void *function = handle ? dlsym(handle, name) : NULL;
    if (!function) {
        fprintf(stderr, "%s: %s\n", name, dlerror());
        _Exit(127);
    }
    return function;
}

#define LAZY(library, result, name, parameters, arguments)                      \
    result name parameters {                                                    \
        static _Atomic(void *) loaded;                                          \
        void *function = atomic_load_explicit(&loaded, memory_order_acquire);   \
        if (!function) {                                                        \
            function = load(library, #name);                                    \
            atomic_store_explicit(&loaded, function, memory_order_release);     \
        }                                                                       \
        return ((__typeof__(&name))function) arguments;                         \
    }

LAZY(avutil, int, av_dict_set, (AVDictionary **d, const char *k, const char *v, int f), (d, k, v, f))
LAZY(avutil, void, av_dict_free, (AVDictionary **d), (d))
LAZY(avutil, AVFrame *, av_frame_alloc, (void), ())
LAZY(avutil, void, av_frame_free, (AVFrame **f), (f))
LAZY(avutil, int, av_frame_get_buffer, (AVFrame *f, int align), (f, align))
LAZY(avutil, int, av_frame_make_writable, (AVFrame *f), (f))
LAZY(avutil, AVFrameSideData *, av_frame_get_side_data, (const AVFrame *f, enum AVFrameSideDataType t), (f, t))
LAZY(avutil, const char *, av_get_pix_fmt_name, (enum AVPixelFormat f), (f))
LAZY(avutil, void, av_log_set_callback, (void (*callback)(void *, int, const char *, va_list)), (callback))
LAZY(avutil, void, av_max_alloc, (size_t size), (size))
LAZY(avutil, void, av_free, (void *p), (p))
LAZY(avutil, void *, av_malloc, (size_t size), (size))
LAZY(avutil, void *, av_mallocz, (size_t size), (size))
LAZY(avutil, int, av_strerror, (int code, char *buffer, size_t size), (code, buffer, size))

LAZY(avcodec, int, av_new_packet, (AVPacket *p, int size), (p, size))
LAZY(avcodec, AVPacket *, av_packet_alloc, (void), ())
LAZY(avcodec, void, av_packet_free, (AVPacket **p), (p))
LAZY(
    avcodec, void, av_packet_rescale_ts, (AVPacket *p, AVRational source, AVRational target), (p, source, target))
LAZY(avcodec, void, av_packet_unref, (AVPacket *p), (p))
LAZY(avcodec, AVCodecContext *, avcodec_alloc_context3, (const AVCodec *c), (c))
LAZY(avcodec, const AVCodec *, avcodec_find_decoder, (enum AVCodecID id), (id))
LAZY(avcodec, const AVCodec *, avcodec_find_encoder, (enum AVCodecID id), (id))
LAZY(avcodec, const AVCodec *, avcodec_find_encoder_by_name, (const char *name), (name))
LAZY(avcodec, void, avcodec_free_context, (AVCodecContext **c), (c))
LAZY(avcodec, const char *, avcodec_get_name, (enum AVCodecID id), (id))
LAZY(avcodec, int, avcodec_open2, (AVCodecContext *c, const AVCodec *k, AVDictionary **o), (c, k, o))
LAZY(avcodec, int, avcodec_parameters_from_context, (AVCodecParameters *p, const AVCodecContext *c), (p, c))
LAZY(avcodec, int, avcodec_parameters_to_context, (AVCodecContext *c, const AVCodecParameters *p), (c, p))
LAZY(avcodec, int, avcodec_receive_frame, (AVCodecContext *c, AVFrame *f), (c, f))
LAZY(avcodec, int, avcodec_receive_packet, (AVCodecContext *c, AVPacket *p), (c, p))
LAZY(avcodec, int, avcodec_send_frame, (AVCodecContext *c, const AVFrame *f), (c, f))
LAZY(avcodec, int, avcodec_send_packet, (AVCodecContext *c, const AVPacket *p), (c, p))

LAZY(avformat, AVRational, av_guess_sample_aspect_ratio, (AVFormatContext *c, AVStream *s, AVFrame *f), (c, s, f))
LAZY(
    avformat, int, av_probe_input_buffer2,
    (AVIOContext *i, const AVInputFormat **f, const char *url, void *l, unsigned int o, unsigned int m),
    (i, f, url, l, o, m))
LAZY(avformat, int, av_interleaved_write_frame, (AVFormatContext *c, AVPacket *p), (c, p))
LAZY(avformat, int, av_read_frame, (AVFormatContext *c, AVPacket *p), (c, p))
LAZY(
    avformat, uint8_t *, av_stream_get_side_data,
    (const AVStream *s, enum AVPacketSideDataType t, size_t *size), (s, t, size))
LAZY(avformat, int, av_write_trailer, (AVFormatContext *c), (c))
LAZY(
    avformat, int, avformat_alloc_output_context2,
    (AVFormatContext **c, const AVOutputFormat *f, const char *name, const char *url), (c, f, name, url))
LAZY(avformat, AVFormatContext *, avformat_alloc_context, (void), ())
LAZY(avformat, void, avformat_close_input, (AVFormatContext **c), (c))
LAZY(avformat, void, avformat_free_context, (AVFormatContext *c), (c))
LAZY(avformat, int, avformat_index_get_entries_count, (const AVStream *s), (s))
LAZY(avformat, AVStream *, avformat_new_stream, (AVFormatContext *c, const AVCodec *k), (c, k))
LAZY(avformat, int, avformat_write_header, (AVFormatContext *c, AVDictionary **o), (c, o))
LAZY(avformat, int, avformat_find_stream_info, (AVFormatContext *c, AVDictionary **o), (c, o))
LAZY(
    avformat, int, avformat_open_input,
    (AVFormatContext **c, const char *url, const AVInputFormat *f, AVDictionary **o), (c, url, f, o))
LAZY(avformat, int, avio_closep, (AVIOContext **i), (i))
LAZY(
    avformat, int, avio_open2,
    (AVIOContext **i, const char *url, int flags, const AVIOInterruptCB *cb, AVDictionary **o), (i, url, flags, cb, o))
LAZY(avformat, int, avio_read, (AVIOContext *i, unsigned char *buffer, int size), (i, buffer, size))
LAZY(avformat, int64_t, avio_size, (AVIOContext *i), (i))

LAZY(swscale, void, sws_freeContext, (struct SwsContext *c), (c))
LAZY(
    swscale, struct SwsContext *, sws_getCachedContext,
    (struct SwsContext *c, int w, int h, enum AVPixelFormat s, int dw, int dh, enum AVPixelFormat d, int flags,
     SwsFilter *sf, SwsFilter *df, const double *p),
    (c, w, h, s, dw, dh, d, flags, sf, df, p))
LAZY(swscale, const int *, sws_getCoefficients, (int colorspace), (colorspace))
LAZY(
    swscale, int, sws_scale,
    (struct SwsContext *c, const uint8_t *const s[], const int ss[], int y, int h, uint8_t *const d[], const int ds[]),
    (c, s, ss, y, h, d, ds))
LAZY(
    swscale, int, sws_setColorspaceDetails,
    (struct SwsContext *c, const int source[4], int sr, const int target[4], int tr, int b, int k, int s),
    (c, source, sr, target, tr, b, k, s))
