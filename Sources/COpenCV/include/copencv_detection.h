#ifndef COPENCV_DETECTION_H
#define COPENCV_DETECTION_H

#include "copencv_image.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A rectangle in pixels of the image that was given.
typedef struct {
    float x1, y1, x2, y2;
} copencv_box;

/// A window in which the classifier sees a person: the person alone, without the window's margin.
typedef struct {
    copencv_box box;
    /// Signed distance from the classifier's plane.
    float score;
} copencv_person;

/// A connected part of the foreground.
typedef struct {
    copencv_box box;
    /// Pixels of the image that belong to it, less than the box's area.
    float area;
} copencv_blob;

/// Items that `copencv_list_release` frees.
typedef struct {
    void *_Nullable items;
    size_t count;
} copencv_list;

void copencv_list_release(copencv_list list);

/// OpenCV's people detector: histograms of oriented gradients and a linear classifier (Dalal and Triggs, 2005).
typedef struct copencv_people copencv_people;

copencv_status copencv_people_create(copencv_people *_Nullable *_Nonnull result, copencv_error *_Nonnull error);
void copencv_people_release(copencv_people *_Nullable people);

/// Looks for people of one height in `area`, all in pixels; people who reach over the image's edge are found too. No
/// window is suppressed. May be called from several threads at once.
/// - height: at least 8.
/// - threshold: least score.
/// - result: `copencv_person` items in rows.
copencv_status copencv_people_search(
    const copencv_people *_Nonnull people, const copencv_image *_Nonnull image, copencv_box area, double height,
    double threshold, copencv_list *_Nonnull result, copencv_error *_Nonnull error);

/// A model of what does not move: a mixture of Gaussians for each pixel (Zivkovic, 2004), at reduced size.
typedef struct copencv_background copencv_background;

copencv_status copencv_background_create(
    copencv_background *_Nullable *_Nonnull result, copencv_error *_Nonnull error);
void copencv_background_release(copencv_background *_Nullable background);

/// What differs from the background in one image.
typedef struct copencv_foreground copencv_foreground;

/// Compares the image with the model, then takes it in; 1 as `learning_rate` starts the model anew.
copencv_status copencv_background_update(
    copencv_background *_Nonnull background, const copencv_image *_Nonnull image, double learning_rate,
    copencv_foreground *_Nullable *_Nonnull result, copencv_error *_Nonnull error);

void copencv_foreground_release(copencv_foreground *_Nullable foreground);
/// The share of the image that is foreground, 0 to 1.
double copencv_foreground_share(const copencv_foreground *_Nonnull foreground);
/// Connected parts of at least `minimum_area` pixels: `copencv_blob` items.
copencv_status copencv_foreground_blobs(
    const copencv_foreground *_Nonnull foreground, float minimum_area, copencv_list *_Nonnull result,
    copencv_error *_Nonnull error);
/// The share of each box that is foreground, 0 to 1.
copencv_status copencv_foreground_coverage(
    const copencv_foreground *_Nonnull foreground, const copencv_box *_Nullable boxes, size_t count,
    float *_Nullable result, copencv_error *_Nonnull error);

/// Follows corner points from image to image to tell whether the camera moved.
typedef struct copencv_motion copencv_motion;

/// What most of the image did since the image before, in pixels.
typedef struct {
    /// Corner points found in the image before, and those of them found again.
    int32_t points, followed;
    /// Median displacement.
    float dx, dy;
    /// Share of the followed points that moved by more than the tolerance that was given.
    float moved;
} copencv_displacement;

copencv_status copencv_motion_create(copencv_motion *_Nullable *_Nonnull result, copencv_error *_Nonnull error);
void copencv_motion_release(copencv_motion *_Nullable motion);
/// - tolerance: pixels that a point may move on a camera that stands still.
copencv_status copencv_motion_update(
    copencv_motion *_Nonnull motion, const copencv_image *_Nonnull image, float tolerance,
    copencv_displacement *_Nonnull result, copencv_error *_Nonnull error);

#ifdef __cplusplus
}
#endif

#endif
