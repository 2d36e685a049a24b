#include "copencv_network.h"

#include <memory>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "image.hpp"
#include "network_sigmoid.hpp"

using copencv::guarded;

struct copencv_network {
    cv::dnn::Net net;
    std::vector<std::string> outputs;
};

struct copencv_outputs {
    std::vector<cv::Mat> blobs;
};

copencv_status copencv_network_prepare(
    const copencv_image *image, const copencv_network_input *input, float *values, copencv_error *error) {
    return guarded(error, [&] {
        cv::Mat pixels = image->mat;
        if (pixels.type() == CV_8UC1) {
            cv::cvtColor(image->mat, pixels, cv::COLOR_GRAY2BGR);
        } else if (pixels.type() != CV_8UC3) {
            throw std::invalid_argument("a network takes images with 8 bits a channel");
        }
        cv::Mat canvas(input->height, input->width, CV_8UC3, cv::Scalar::all(input->pad));
        cv::Mat place = canvas(cv::Rect(input->x, input->y, input->image_width, input->image_height));
        cv::resize(pixels, place, place.size(), 0, 0, cv::INTER_LINEAR);
        std::vector<cv::Mat> channels;
        cv::split(canvas, channels);
        for (int plane = 0; plane < 3; ++plane) {
            cv::Mat numbers(input->height, input->width, CV_32F, values + plane * canvas.total());
            channels[input->is_rgb ? 2 - plane : plane].convertTo(
                numbers, CV_32F, input->scale[plane], input->offset[plane]);
        }
    });
}

copencv_status copencv_network_create(
    const uint8_t *onnx, size_t byte_count, const char *const *outputs, size_t output_count, copencv_network **result,
    copencv_error *error) {
    return guarded(error, [&] {
        // What goes wrong is reported by exception; OpenCV would print it as well.
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
        copencv::use_fast_sigmoid();
        auto network = std::make_unique<copencv_network>();
        network->net = cv::dnn::readNetFromONNX(reinterpret_cast<const char *>(onnx), byte_count);
        network->net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
        network->net.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
        network->outputs.assign(outputs, outputs + output_count);
        *result = network.release();
    });
}

void copencv_network_release(copencv_network *network) { delete network; }

copencv_status copencv_network_run(
    copencv_network *network, const float *values, int32_t width, int32_t height, copencv_outputs **result,
    copencv_error *error) {
    return guarded(error, [&] {
        const int sizes[] = {1, 3, height, width};
        const cv::Mat input(4, sizes, CV_32F, const_cast<float *>(values));
        network->net.setInput(input);
        std::vector<cv::Mat> blobs;
        network->net.forward(blobs, network->outputs);
        auto outputs = std::make_unique<copencv_outputs>();
        for (const cv::Mat &blob : blobs) {
            if (blob.depth() != CV_32F || blob.channels() != 1) {
                throw std::runtime_error("an output of the network holds no 32-bit floating point numbers");
            }
            // The network writes into its own memory again in the next run.
            outputs->blobs.push_back(blob.clone());
        }
        *result = outputs.release();
    });
}

void copencv_outputs_release(copencv_outputs *outputs) { delete outputs; }

size_t copencv_outputs_dimension_count(const copencv_outputs *outputs, size_t index) {
    return static_cast<size_t>(outputs->blobs[index].dims);
}

int32_t copencv_outputs_dimension(const copencv_outputs *outputs, size_t index, size_t dimension) {
    return outputs->blobs[index].size[static_cast<int>(dimension)];
}

const float *copencv_outputs_values(const copencv_outputs *outputs, size_t index) {
    return outputs->blobs[index].ptr<float>();
}
