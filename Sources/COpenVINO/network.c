#include "COpenVINO.h"

#include <stdio.h>

#ifdef COPENVINO_LIBRARY

#include <dlfcn.h>
#include <openvino/c/openvino.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// OpenVINO's functions, of its C library that is loaded on first use: a service that hands its videos to children, or
// runs no model, does without its memory.
#define FUNCTIONS(F)                                                                                            \
    F(ov_core_create) F(ov_core_free) F(ov_core_read_model_from_memory_buffer) F(ov_core_compile_model)         \
    F(ov_model_reshape_single_input) F(ov_model_free) F(ov_compiled_model_create_infer_request)                 \
    F(ov_compiled_model_free) F(ov_infer_request_set_input_tensor) F(ov_infer_request_infer)                    \
    F(ov_infer_request_get_tensor) F(ov_infer_request_free) F(ov_shape_free)                                    \
    F(ov_partial_shape_create_static) F(ov_partial_shape_free) F(ov_tensor_create) F(ov_tensor_data)            \
    F(ov_tensor_get_shape) F(ov_tensor_get_element_type) F(ov_tensor_free) F(ov_get_last_err_msg)

#define DECLARE(name) __typeof__(name) *name;
static struct {
    FUNCTIONS(DECLARE)
} ov;

static copenvino_error load_error;

static void *open_library(void) {
    void *library = dlopen(COPENVINO_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library) { return library; }
    snprintf(load_error.message, sizeof load_error.message, "OpenVINO cannot be loaded: %s", dlerror());
    // Where it was when this was built it is no more, but the loader may know another place.
    const char *file = strrchr(COPENVINO_LIBRARY, '/');
    return file ? dlopen(file + 1, RTLD_NOW | RTLD_LOCAL) : NULL;
}

static void load(void) {
    void *library = open_library();
    if (!library) { return; }
    load_error.message[0] = 0;
#define LOAD(name)                                                                                          \
    ov.name = (__typeof__(ov.name))dlsym(library, #name);                                                   \
    if (!ov.name) {                                                                                         \
        snprintf(load_error.message, sizeof load_error.message, "OpenVINO lacks the function " #name);      \
        return;                                                                                             \
    }
    FUNCTIONS(LOAD)
}

struct copenvino_network {
    ov_infer_request_t *request;
    ov_tensor_t *input;
    float *values;
    /// The output that was asked for last.
    ov_tensor_t *output;
    ov_shape_t shape;
};

/// Whether a call of OpenVINO's went well; else its reason is in `error`.
static bool is_well(ov_status_e status, copenvino_error *error) {
    if (status == OK) { return true; }
    const char *reason = ov.ov_get_last_err_msg();
    snprintf(error->message, sizeof error->message, "%s", reason && *reason ? reason : "no reason is given");
    return false;
}

bool copenvino_is_built_in(void) { return true; }

static copenvino_network *make_network(
    const ov_compiled_model_t *model, ov_shape_t shape, copenvino_error *error) {
    copenvino_network *network = calloc(1, sizeof *network);
    if (!network) {
        snprintf(error->message, sizeof error->message, "out of memory");
        return NULL;
    }
    void *values = NULL;
    if (is_well(ov.ov_compiled_model_create_infer_request(model, &network->request), error)
        && is_well(ov.ov_tensor_create(F32, shape, &network->input), error)
        && is_well(ov.ov_tensor_data(network->input, &values), error)
        && is_well(ov.ov_infer_request_set_input_tensor(network->request, network->input), error)) {
        network->values = values;
        return network;
    }
    copenvino_network_release(network);
    return NULL;
}

/// Each copy runs on one thread, the caller's choice of core: pinned, two networks could share one.
static bool compile(
    ov_core_t *core, const ov_model_t *model, size_t copies, ov_compiled_model_t **result, copenvino_error *error) {
    char count[24];
    snprintf(count, sizeof count, "%zu", copies);
    return is_well(
        ov.ov_core_compile_model(
            core, model, "CPU", 8, result, "INFERENCE_PRECISION_HINT", "f32", "NUM_STREAMS", count,
            "INFERENCE_NUM_THREADS", count, "ENABLE_CPU_PINNING", "NO"),
        error);
}

bool copenvino_networks_create(
    const uint8_t *onnx, size_t byte_count, int32_t width, int32_t height, size_t copies, copenvino_network **result,
    copenvino_error *error) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (load_error.message[0]) {
        *error = load_error;
        return false;
    }
    int64_t dimensions[] = {1, 3, height, width};
    const ov_shape_t shape = {4, dimensions};
    ov_core_t *core = NULL;
    ov_model_t *model = NULL;
    ov_partial_shape_t partial = {0};
    ov_compiled_model_t *compiled = NULL;
    size_t made = 0;
    if (is_well(ov.ov_core_create(&core), error)
        && is_well(
            ov.ov_core_read_model_from_memory_buffer(core, (const char *)onnx, byte_count, NULL, &model), error)
        && is_well(ov.ov_partial_shape_create_static(4, dimensions, &partial), error)
        && is_well(ov.ov_model_reshape_single_input(model, partial), error)
        && compile(core, model, copies, &compiled, error)) {
        while (made < copies && (result[made] = make_network(compiled, shape, error))) { made++; }
    }
    const bool is_complete = made == copies;
    if (!is_complete) {
        while (made > 0) { copenvino_network_release(result[--made]); }
    }
    // The requests hold on to what they need of these.
    if (compiled) { ov.ov_compiled_model_free(compiled); }
    ov.ov_partial_shape_free(&partial);
    if (model) { ov.ov_model_free(model); }
    if (core) { ov.ov_core_free(core); }
    return is_complete;
}

static void release_output(copenvino_network *network) {
    if (network->shape.dims) { ov.ov_shape_free(&network->shape); }
    if (network->output) { ov.ov_tensor_free(network->output); }
    network->shape = (ov_shape_t){0};
    network->output = NULL;
}

void copenvino_network_release(copenvino_network *network) {
    if (!network) { return; }
    release_output(network);
    if (network->request) { ov.ov_infer_request_free(network->request); }
    if (network->input) { ov.ov_tensor_free(network->input); }
    free(network);
}

float *copenvino_network_input(copenvino_network *network) { return network->values; }

bool copenvino_network_run(copenvino_network *network, copenvino_error *error) {
    return is_well(ov.ov_infer_request_infer(network->request), error);
}

bool copenvino_network_output(
    copenvino_network *network, const char *name, copenvino_output *result, copenvino_error *error) {
    release_output(network);
    ov_element_type_e type;
    void *values = NULL;
    if (!is_well(ov.ov_infer_request_get_tensor(network->request, name, &network->output), error)
        || !is_well(ov.ov_tensor_get_element_type(network->output, &type), error)
        || !is_well(ov.ov_tensor_get_shape(network->output, &network->shape), error)
        || !is_well(ov.ov_tensor_data(network->output, &values), error)) {
        return false;
    }
    if (type != F32) {
        snprintf(
            error->message, sizeof error->message, "the output %s holds no 32-bit floating point numbers", name);
        return false;
    }
    result->values = values;
    result->dimensions = network->shape.dims;
    result->dimension_count = (size_t)network->shape.rank;
    return true;
}

#else

bool copenvino_is_built_in(void) { return false; }

static bool refuse(copenvino_error *error) {
    snprintf(error->message, sizeof error->message, "it was not built in");
    return false;
}

bool copenvino_networks_create(
    const uint8_t *onnx, size_t byte_count, int32_t width, int32_t height, size_t copies, copenvino_network **result,
    copenvino_error *error) {
    return refuse(error);
}

void copenvino_network_release(copenvino_network *network) {}

float *copenvino_network_input(copenvino_network *network) { return NULL; }

bool copenvino_network_run(copenvino_network *network, copenvino_error *error) {
    return refuse(error);
}

bool copenvino_network_output(
    copenvino_network *network, const char *name, copenvino_output *result, copenvino_error *error) {
    return refuse(error);
}

#endif
