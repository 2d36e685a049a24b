#ifndef CFFMPEG_H
#define CFFMPEG_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdbool.h>
#include <stdint.h>

// Macros and casts of libav that Swift does not import.

static const int64_t cffmpeg_no_timestamp = AV_NOPTS_VALUE;
static const int32_t cffmpeg_error_end_of_file = AVERROR_EOF;
static const int32_t cffmpeg_error_again = AVERROR(EAGAIN);
static const int32_t cffmpeg_error_invalid_data = AVERROR_INVALIDDATA;
static const int32_t cffmpeg_error_out_of_memory = AVERROR(ENOMEM);
static const int32_t cffmpeg_error_invalid_argument = AVERROR(EINVAL);

/// Writes libav's sentence for `code` to `buffer`.
static inline void cffmpeg_describe_error(int code, char *_Nonnull buffer, size_t size) {
    if (av_strerror(code, buffer, size) < 0 && size > 0) { buffer[0] = 0; }
}

/// The 3x3 display matrix of a stream, or NULL when it has none.
static inline const int32_t *_Nullable cffmpeg_display_matrix(const AVStream *_Nonnull stream) {
    size_t size = 0;
    const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
}

/// Converts a decoded frame to packed or gray pixels of the size and the format that `context` was made for.
static inline int cffmpeg_scale(
    struct SwsContext *_Nonnull context, const AVFrame *_Nonnull frame, uint8_t *_Nonnull pixels, int stride) {
    uint8_t *planes[4] = {pixels, NULL, NULL, NULL};
    int strides[4] = {stride, 0, 0, 0};
    return sws_scale(
        context, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, planes, strides);
}

/// Converts packed or gray pixels to those of `frame`, which are of the same size.
static inline int cffmpeg_scale_to_frame(
    struct SwsContext *_Nonnull context, const void *_Nullable pixels, int stride, AVFrame *_Nonnull frame) {
    const uint8_t *planes[4] = {(const uint8_t *)pixels, NULL, NULL, NULL};
    int strides[4] = {stride, 0, 0, 0};
    return sws_scale(context, planes, strides, 0, frame->height, frame->data, frame->linesize);
}

/// The 3x3 display matrix of a decoded picture, or NULL when it has none.
static inline const int32_t *_Nullable cffmpeg_frame_display_matrix(const AVFrame *_Nonnull frame) {
    const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : NULL;
}

/// Tells `context` the matrix and the range of its source, so that colours come out as they were filmed.
static inline int cffmpeg_set_colors(
    struct SwsContext *_Nonnull context, int colorspace, int source_is_full_range) {
    const int *source = sws_getCoefficients(colorspace);
    const int *target = sws_getCoefficients(SWS_CS_DEFAULT);
    return sws_setColorspaceDetails(
        context, source, source_is_full_range, target, 1, 0, 1 << 16, 1 << 16);
}

/// Tells `context`, which converts from RGB, the matrix of its target, whose range is that of television.
static inline int cffmpeg_set_target_colors(struct SwsContext *_Nonnull context, int colorspace) {
    const int *source = sws_getCoefficients(SWS_CS_DEFAULT);
    const int *target = sws_getCoefficients(colorspace);
    return sws_setColorspaceDetails(context, source, 1, target, 0, 0, 1 << 16, 1 << 16);
}

/// Why a file or a picture was refused, where an error code does not say it; see refusal.c. Put into the `opaque` of an
/// AVFormatContext or an AVCodecContext.
typedef struct cffmpeg_refusal cffmpeg_refusal;

cffmpeg_refusal *_Nullable cffmpeg_refusal_make(void);
void cffmpeg_refusal_free(cffmpeg_refusal *_Nullable refusal);
/// Whether there were more than `max_streams`.
bool cffmpeg_refused_streams(const cffmpeg_refusal *_Nonnull refusal);
/// The last size that was no possible one or above `max_pixels`, width in the upper half; 0 when none was.
uint64_t cffmpeg_refused_size(const cffmpeg_refusal *_Nonnull refusal);
/// Silences libav's log, from which refusals are taken.
void cffmpeg_take_log(void);

#endif
