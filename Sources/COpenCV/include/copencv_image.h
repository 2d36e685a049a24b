#ifndef COPENCV_IMAGE_H
#define COPENCV_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a call came to. Every call that can fail catches all C++ exceptions and says why in `copencv_error`.
typedef enum {
    copencv_status_ok = 0,
    copencv_status_failed = 1,
    copencv_status_out_of_memory = 2,
} copencv_status;

typedef struct {
    char message[512];
} copencv_error;

typedef enum {
    copencv_format_bgr8 = 0,
    copencv_format_gray8 = 1,
    copencv_format_gray16 = 2,
} copencv_format;

typedef struct {
    uint8_t blue, green, red;
} copencv_color;

/// Owns the pixels of one image (a cv::Mat). One owner; `copencv_image_release` frees it.
typedef struct copencv_image copencv_image;

/// Number of threads OpenCV may use inside one call, for the whole process.
void copencv_set_thread_count(int32_t count);

/// An image of undefined content; rows are `copencv_image_stride` bytes apart.
copencv_status copencv_image_create(
    int32_t width, int32_t height, copencv_format format, copencv_image *_Nullable *_Nonnull result,
    copencv_error *_Nonnull error);
void copencv_image_release(copencv_image *_Nullable image);

int32_t copencv_image_width(const copencv_image *_Nonnull image);
int32_t copencv_image_height(const copencv_image *_Nonnull image);
size_t copencv_image_stride(const copencv_image *_Nonnull image);
copencv_format copencv_image_format(const copencv_image *_Nonnull image);
uint8_t *_Nonnull copencv_image_bytes(const copencv_image *_Nonnull image);

copencv_status copencv_image_copy(
    const copencv_image *_Nonnull image, copencv_image *_Nullable *_Nonnull result, copencv_error *_Nonnull error);
/// By area when it shrinks, bilinear when it grows.
copencv_status copencv_image_resize(
    const copencv_image *_Nonnull image, int32_t width, int32_t height, copencv_image *_Nullable *_Nonnull result,
    copencv_error *_Nonnull error);
/// A copy of a rectangle that must lie inside the image.
copencv_status copencv_image_crop(
    const copencv_image *_Nonnull image, int32_t x, int32_t y, int32_t width, int32_t height,
    copencv_image *_Nullable *_Nonnull result, copencv_error *_Nonnull error);
copencv_status copencv_image_gray(
    const copencv_image *_Nonnull image, copencv_image *_Nullable *_Nonnull result, copencv_error *_Nonnull error);
/// First swaps rows and columns if `transpose`, then mirrors left-right and top-bottom.
copencv_status copencv_image_orient(
    const copencv_image *_Nonnull image, bool transpose, bool flip_horizontally, bool flip_vertically,
    copencv_image *_Nullable *_Nonnull result, copencv_error *_Nonnull error);
/// Maps gray 0...255 to the Turbo colour map.
copencv_status copencv_image_colorize(
    const copencv_image *_Nonnull gray, copencv_image *_Nullable *_Nonnull result, copencv_error *_Nonnull error);
/// The median of each channel of each pixel over `count` images of one size and format.
copencv_status copencv_image_median(
    const copencv_image *_Nullable const *_Nonnull images, size_t count, copencv_image *_Nullable *_Nonnull result,
    copencv_error *_Nonnull error);

// Drawing changes the image in place. Coordinates are pixels; parts outside are cut off.

copencv_status copencv_image_fill_rectangle(
    copencv_image *_Nonnull image, int32_t x, int32_t y, int32_t width, int32_t height, copencv_color color,
    double opacity, copencv_error *_Nonnull error);
copencv_status copencv_image_draw_rectangle(
    copencv_image *_Nonnull image, int32_t x1, int32_t y1, int32_t x2, int32_t y2, copencv_color color,
    int32_t thickness, copencv_error *_Nonnull error);
copencv_status copencv_image_draw_line(
    copencv_image *_Nonnull image, float x1, float y1, float x2, float y2, copencv_color color, int32_t thickness,
    copencv_error *_Nonnull error);
copencv_status copencv_image_fill_circle(
    copencv_image *_Nonnull image, float x, float y, float radius, copencv_color color, copencv_error *_Nonnull error);
/// `(x, y)` is the left end of the base line; `size` is the height of a capital letter in pixels.
copencv_status copencv_image_draw_text(
    copencv_image *_Nonnull image, const char *_Nonnull text, int32_t x, int32_t y, double size, copencv_color color,
    copencv_error *_Nonnull error);
int32_t copencv_text_width(const char *_Nonnull text, double size);
/// Copies `other`, of the same format, to where its upper left corner is at `(x, y)`; all of it must lie inside.
copencv_status copencv_image_paste(
    copencv_image *_Nonnull image, const copencv_image *_Nonnull other, int32_t x, int32_t y,
    copencv_error *_Nonnull error);
/// image = image * (1 - mask/255) + other * mask/255, all of one size; `mask` is gray.
copencv_status copencv_image_blend(
    copencv_image *_Nonnull image, const copencv_image *_Nonnull other, const copencv_image *_Nonnull mask,
    copencv_error *_Nonnull error);

#ifdef __cplusplus
}
#endif

#endif
