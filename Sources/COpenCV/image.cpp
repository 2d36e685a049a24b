#include "image.hpp"

#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

using copencv::guarded;

namespace {

int type_of(copencv_format format) {
    switch (format) {
    case copencv_format_bgr8: return CV_8UC3;
    case copencv_format_gray8: return CV_8UC1;
    case copencv_format_gray16: return CV_16UC1;
    }
    throw std::invalid_argument("unknown pixel format");
}

/// Rows have room for whole blocks of pixels: libswscale's fast paths write, or leave out, whole blocks.
constexpr int row_multiple = 32;

cv::Scalar scalar(copencv_color color) { return cv::Scalar(color.blue, color.green, color.red); }

constexpr int font = cv::FONT_HERSHEY_SIMPLEX;

/// A capital letter of this font is 21 units high before scaling.
double font_scale(double size) { return size / 21.0; }

int font_thickness(double size) { return std::max(1, static_cast<int>(size / 9.0 + 0.5)); }

/// Points with sub-pixel precision: OpenCV takes integers and a number of fractional bits.
constexpr int fractional_bits = 4;

cv::Point fixed_point(float x, float y) {
    const float limit = 1 << 24;
    return {
        cv::saturate_cast<int>(std::clamp(x, -limit, limit) * (1 << fractional_bits)),
        cv::saturate_cast<int>(std::clamp(y, -limit, limit) * (1 << fractional_bits)),
    };
}

} // namespace

void copencv_set_thread_count(int32_t count) { cv::setNumThreads(count); }

copencv_status copencv_image_create(
    int32_t width, int32_t height, copencv_format format, copencv_image **result, copencv_error *error) {
    return guarded(error, [&] {
        const int padded_width = (width + row_multiple - 1) / row_multiple * row_multiple;
        const cv::Mat padded(height, padded_width, type_of(format));
        *result = new copencv_image{padded(cv::Rect(0, 0, width, height))};
    });
}

void copencv_image_release(copencv_image *image) { delete image; }

int32_t copencv_image_width(const copencv_image *image) { return image->mat.cols; }
int32_t copencv_image_height(const copencv_image *image) { return image->mat.rows; }
size_t copencv_image_stride(const copencv_image *image) { return image->mat.step[0]; }
uint8_t *copencv_image_bytes(const copencv_image *image) { return image->mat.data; }

copencv_format copencv_image_format(const copencv_image *image) {
    switch (image->mat.type()) {
    case CV_8UC1: return copencv_format_gray8;
    case CV_16UC1: return copencv_format_gray16;
    default: return copencv_format_bgr8;
    }
}

copencv_status copencv_image_copy(const copencv_image *image, copencv_image **result, copencv_error *error) {
    return guarded(error, [&] { *result = new copencv_image{image->mat.clone()}; });
}

copencv_status copencv_image_resize(
    const copencv_image *image, int32_t width, int32_t height, copencv_image **result, copencv_error *error) {
    return guarded(error, [&] {
        cv::Mat resized;
        const bool shrinks = width <= image->mat.cols && height <= image->mat.rows;
        cv::resize(image->mat, resized, {width, height}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
        *result = new copencv_image{resized};
    });
}

copencv_status copencv_image_crop(
    const copencv_image *image, int32_t x, int32_t y, int32_t width, int32_t height, copencv_image **result,
    copencv_error *error) {
    return guarded(error, [&] { *result = new copencv_image{image->mat(cv::Rect(x, y, width, height)).clone()}; });
}

copencv_status copencv_image_gray(const copencv_image *image, copencv_image **result, copencv_error *error) {
    return guarded(error, [&] {
        cv::Mat gray;
        if (image->mat.channels() == 1) {
            gray = image->mat.clone();
        } else {
            cv::cvtColor(image->mat, gray, cv::COLOR_BGR2GRAY);
        }
        *result = new copencv_image{gray};
    });
}

copencv_status copencv_image_orient(
    const copencv_image *image, bool transpose, bool flip_horizontally, bool flip_vertically, copencv_image **result,
    copencv_error *error) {
    return guarded(error, [&] {
        cv::Mat turned = image->mat;
        if (transpose) {
            cv::Mat transposed;
            cv::transpose(turned, transposed);
            turned = transposed;
        }
        if (flip_horizontally || flip_vertically) {
            cv::Mat flipped;
            cv::flip(turned, flipped, flip_horizontally && flip_vertically ? -1 : flip_horizontally ? 1 : 0);
            turned = flipped;
        }
        *result = new copencv_image{turned.data == image->mat.data ? turned.clone() : turned};
    });
}

copencv_status copencv_image_colorize(const copencv_image *gray, copencv_image **result, copencv_error *error) {
    return guarded(error, [&] {
        cv::Mat colored;
        cv::applyColorMap(gray->mat, colored, cv::COLORMAP_TURBO);
        *result = new copencv_image{colored};
    });
}

copencv_status copencv_image_median(
    const copencv_image *const *images, size_t count, copencv_image **result, copencv_error *error) {
    return guarded(error, [&] {
        if (count == 0 || count > UINT16_MAX || std::find(images, images + count, nullptr) != images + count) {
            throw std::invalid_argument("the median of no images, or of too many");
        }
        const cv::Mat &first = images[0]->mat;
        for (size_t index = 1; index < count; ++index) {
            const cv::Mat &other = images[index]->mat;
            if (other.size() != first.size() || other.type() != first.type() || first.depth() != CV_8U) {
                throw std::invalid_argument("the images differ in size or format");
            }
        }
        cv::Mat median(first.size(), first.type());
        const int row_bytes = first.cols * first.channels();
        std::vector<uint16_t> smaller(row_bytes);
        for (int row = 0; row < first.rows; ++row) {
            // From the highest bit down: a bit is set while no more than half the values are smaller. Every pixel of the
            // row takes the same steps, so that many are done at once.
            uint8_t *target = median.ptr<uint8_t>(row);
            std::fill(target, target + row_bytes, uint8_t{0});
            for (int bit = 0x80; bit != 0; bit >>= 1) {
                std::fill(smaller.begin(), smaller.end(), uint16_t{0});
                for (size_t index = 0; index < count; ++index) {
                    const uint8_t *values = images[index]->mat.ptr<uint8_t>(row);
                    for (int column = 0; column < row_bytes; ++column) {
                        smaller[column] += values[column] < (target[column] | bit) ? 1 : 0;
                    }
                }
                for (int column = 0; column < row_bytes; ++column) {
                    target[column] |= smaller[column] <= count / 2 ? bit : 0;
                }
            }
        }
        *result = new copencv_image{median};
    });
}

copencv_status copencv_image_fill_rectangle(
    copencv_image *image, int32_t x, int32_t y, int32_t width, int32_t height, copencv_color color, double opacity,
    copencv_error *error) {
    return guarded(error, [&] {
        const cv::Rect bounds(0, 0, image->mat.cols, image->mat.rows);
        const cv::Rect inside = cv::Rect(x, y, width, height) & bounds;
        if (inside.empty()) { return; }
        cv::Mat region = image->mat(inside);
        if (opacity >= 1) {
            region.setTo(scalar(color));
        } else {
            const cv::Mat paint(region.size(), region.type(), scalar(color));
            cv::addWeighted(region, 1 - opacity, paint, opacity, 0, region);
        }
    });
}

copencv_status copencv_image_draw_rectangle(
    copencv_image *image, int32_t x1, int32_t y1, int32_t x2, int32_t y2, copencv_color color, int32_t thickness,
    copencv_error *error) {
    return guarded(error, [&] {
        cv::rectangle(image->mat, cv::Point(x1, y1), cv::Point(x2, y2), scalar(color), thickness, cv::LINE_8);
    });
}

copencv_status copencv_image_draw_line(
    copencv_image *image, float x1, float y1, float x2, float y2, copencv_color color, int32_t thickness,
    copencv_error *error) {
    return guarded(error, [&] {
        cv::line(
            image->mat, fixed_point(x1, y1), fixed_point(x2, y2), scalar(color), thickness, cv::LINE_AA,
            fractional_bits);
    });
}

copencv_status copencv_image_fill_circle(
    copencv_image *image, float x, float y, float radius, copencv_color color, copencv_error *error) {
    return guarded(error, [&] {
        cv::circle(
            image->mat, fixed_point(x, y), static_cast<int>(radius * (1 << fractional_bits)), scalar(color),
            cv::FILLED, cv::LINE_AA, fractional_bits);
    });
}

copencv_status copencv_image_draw_text(
    copencv_image *image, const char *text, int32_t x, int32_t y, double size, copencv_color color,
    copencv_error *error) {
    return guarded(error, [&] {
        cv::putText(
            image->mat, text, cv::Point(x, y), font, font_scale(size), scalar(color), font_thickness(size),
            cv::LINE_AA);
    });
}

int32_t copencv_text_width(const char *text, double size) {
    copencv_error error;
    int32_t width = 0;
    guarded(&error, [&] {
        width = cv::getTextSize(text, font, font_scale(size), font_thickness(size), nullptr).width;
    });
    return width;
}

copencv_status copencv_image_paste(
    copencv_image *image, const copencv_image *other, int32_t x, int32_t y, copencv_error *error) {
    return guarded(error, [&] {
        if (image->mat.type() != other->mat.type()) { throw std::invalid_argument("the images differ in format"); }
        other->mat.copyTo(image->mat(cv::Rect(x, y, other->mat.cols, other->mat.rows)));
    });
}

copencv_status copencv_image_blend(
    copencv_image *image, const copencv_image *other, const copencv_image *mask, copencv_error *error) {
    return guarded(error, [&] {
        if (image->mat.size() != other->mat.size() || image->mat.size() != mask->mat.size() ||
            image->mat.type() != CV_8UC3 || other->mat.type() != CV_8UC3 || mask->mat.type() != CV_8UC1) {
            throw std::invalid_argument("blend needs two BGR images and a gray mask of one size");
        }
        for (int row = 0; row < image->mat.rows; ++row) {
            uint8_t *target = image->mat.ptr<uint8_t>(row);
            const uint8_t *source = other->mat.ptr<uint8_t>(row);
            const uint8_t *weight = mask->mat.ptr<uint8_t>(row);
            for (int index = 0; index < image->mat.cols * 3; ++index) {
                const int share = weight[index / 3];
                const int sum = target[index] * (255 - share) + source[index] * share;
                target[index] = static_cast<uint8_t>((sum + 127) / 255);
            }
        }
    });
}
