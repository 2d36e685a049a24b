#ifndef COPENVINO_H
#define COPENVINO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Why a call gave false.
typedef struct {
    char message[512];
} copenvino_error;

/// One copy of a neural network that OpenVINO runs on the CPU in 32-bit floating point. For one thread at a time.
typedef struct copenvino_network copenvino_network;

/// The numbers of one output, valid until the network runs again.
typedef struct {
    const float *_Nullable values;
    const int64_t *_Nullable dimensions;
    size_t dimension_count;
} copenvino_output;

/// Whether the package was built with OPENVINO_DIR; without it the calls below only say so.
bool copenvino_is_built_in(void);

/// Loads OpenVINO when it is called first, and compiles the network once for all copies.
/// - onnx: the bytes of a model file, not needed any more after the call.
/// - result: as many networks as `copies`.
bool copenvino_networks_create(
    const uint8_t *_Nonnull onnx, size_t byte_count, int32_t width, int32_t height, size_t copies,
    copenvino_network *_Nullable *_Nonnull result, copenvino_error *_Nonnull error);
void copenvino_network_release(copenvino_network *_Nullable network);

/// Where the network reads its input from, 3 * width * height numbers.
float *_Nullable copenvino_network_input(copenvino_network *_Nonnull network);

bool copenvino_network_run(copenvino_network *_Nonnull network, copenvino_error *_Nonnull error);

/// - name: of an output, as the file has it.
bool copenvino_network_output(
    copenvino_network *_Nonnull network, const char *_Nonnull name, copenvino_output *_Nonnull result,
    copenvino_error *_Nonnull error);

#endif
