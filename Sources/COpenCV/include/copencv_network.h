#ifndef COPENCV_NETWORK_H
#define COPENCV_NETWORK_H

#include "copencv_image.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How an image becomes the numbers that a network takes.
typedef struct {
    /// Size of the network's input, in pixels.
    int32_t width, height;
    /// Where the resized image lies in it; the rest has the colour `pad` (0 to 255).
    int32_t x, y, image_width, image_height;
    float pad;
    /// Whether the planes come in the order red, green, blue instead of blue, green, red.
    bool is_rgb;
    /// A number of plane `c` is `pixel * scale[c] + offset[c]`.
    float scale[3], offset[3];
} copencv_network_input;

/// Resizes the image bilinearly and writes it as three planes of `height` rows of `width` numbers.
/// - values: 3 * width * height numbers.
copencv_status copencv_network_prepare(
    const copencv_image *_Nonnull image, const copencv_network_input *_Nonnull input, float *_Nonnull values,
    copencv_error *_Nonnull error);

/// A neural network that OpenCV's own engine runs. For one thread at a time.
typedef struct copencv_network copencv_network;

/// The numbers that one run of a network gave.
typedef struct copencv_outputs copencv_outputs;

/// - onnx: the bytes of a model file, not needed any more after the call.
/// - outputs: names of the wanted outputs, as the file has them.
copencv_status copencv_network_create(
    const uint8_t *_Nonnull onnx, size_t byte_count, const char *_Nonnull const *_Nonnull outputs,
    size_t output_count, copencv_network *_Nullable *_Nonnull result, copencv_error *_Nonnull error);
void copencv_network_release(copencv_network *_Nullable network);

/// Runs the network on `values`, 3 * width * height numbers.
copencv_status copencv_network_run(
    copencv_network *_Nonnull network, const float *_Nonnull values, int32_t width, int32_t height,
    copencv_outputs *_Nullable *_Nonnull result, copencv_error *_Nonnull error);

void copencv_outputs_release(copencv_outputs *_Nullable outputs);
/// In the order of the names that the network was created with.
size_t copencv_outputs_dimension_count(const copencv_outputs *_Nonnull outputs, size_t index);
int32_t copencv_outputs_dimension(const copencv_outputs *_Nonnull outputs, size_t index, size_t dimension);
/// As many numbers as the product of the dimensions.
const float *_Nullable copencv_outputs_values(const copencv_outputs *_Nonnull outputs, size_t index);

#ifdef __cplusplus
}
#endif

#endif
