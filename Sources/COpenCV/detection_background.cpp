#include "image.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/background_segm.hpp>
#include <opencv2/video/tracking.hpp>

#include "copencv_detection.h"
#include "detection.hpp"

using copencv::guarded;

namespace {

/// Background and motion are watched at most at these widths: detail costs time and adds noise.
constexpr int background_width = 480;
constexpr int motion_width = 320;

double reduction(const cv::Mat &image, int width) { return std::min(1.0, static_cast<double>(width) / image.cols); }

cv::Mat reduced(const cv::Mat &image, double scale) {
    if (scale >= 1) { return image; }
    cv::Mat small;
    cv::resize(
        image, small,
        cv::Size(std::max(1, cvRound(image.cols * scale)), std::max(1, cvRound(image.rows * scale))), 0, 0,
        cv::INTER_AREA);
    return small;
}

} // namespace

struct copencv_background {
    cv::Ptr<cv::BackgroundSubtractorMOG2> model = cv::createBackgroundSubtractorMOG2(200, 20, false);
};

struct copencv_foreground {
    /// 1 where the image differs, at reduced size.
    cv::Mat mask;
    /// Sums of `mask`.
    cv::Mat sums;
    double scale = 1;
};

copencv_status copencv_background_create(copencv_background **result, copencv_error *error) {
    return guarded(error, [&] { *result = new copencv_background(); });
}

void copencv_background_release(copencv_background *background) { delete background; }

copencv_status copencv_background_update(
    copencv_background *background, const copencv_image *image, double learning_rate,
    copencv_foreground **result, copencv_error *error) {
    return guarded(error, [&] {
        auto foreground = std::make_unique<copencv_foreground>();
        // A power of two, as long as the picture is no less wide than the limit: areas are then averaged exactly.
        foreground->scale = image->mat.cols > background_width ? 0.5 : 1;
        while (image->mat.cols * foreground->scale > 2 * background_width) { foreground->scale /= 2; }
        const cv::Mat small = reduced(image->mat, foreground->scale);
        cv::Mat mask;
        background->model->apply(small, mask, learning_rate);
        const cv::Mat kernel = cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(3, 3));
        cv::morphologyEx(mask, mask, cv::MORPH_OPEN, kernel);
        cv::threshold(mask, foreground->mask, 127, 1, cv::THRESH_BINARY);
        cv::integral(foreground->mask, foreground->sums, CV_32S);
        *result = foreground.release();
    });
}

void copencv_foreground_release(copencv_foreground *foreground) { delete foreground; }

double copencv_foreground_share(const copencv_foreground *foreground) {
    return static_cast<double>(cv::countNonZero(foreground->mask)) / static_cast<double>(foreground->mask.total());
}

copencv_status copencv_foreground_blobs(
    const copencv_foreground *foreground, float minimum_area, copencv_list *result, copencv_error *error) {
    return guarded(error, [&] {
        std::vector<copencv_blob> blobs;
        cv::Mat closed, labels, statistics, centroids;
        // People come apart at the waist: taller than wide.
        const cv::Mat kernel = cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(5, 9));
        cv::morphologyEx(foreground->mask, closed, cv::MORPH_CLOSE, kernel);
        const int count = cv::connectedComponentsWithStats(closed, labels, statistics, centroids);
        const double scale = 1 / foreground->scale;
        for (int label = 1; label < count; label++) {
            const int *row = statistics.ptr<int>(label);
            const double area = row[cv::CC_STAT_AREA] * scale * scale;
            if (area < minimum_area) { continue; }
            const double left = row[cv::CC_STAT_LEFT] * scale, top = row[cv::CC_STAT_TOP] * scale;
            blobs.push_back(
                {{static_cast<float>(left), static_cast<float>(top),
                  static_cast<float>(left + row[cv::CC_STAT_WIDTH] * scale),
                  static_cast<float>(top + row[cv::CC_STAT_HEIGHT] * scale)},
                 static_cast<float>(area)});
        }
        *result = copencv::list_of(blobs);
    });
}

copencv_status copencv_foreground_coverage(
    const copencv_foreground *foreground, const copencv_box *boxes, size_t count, float *result,
    copencv_error *error) {
    return guarded(error, [&] {
        const cv::Mat &sums = foreground->sums;
        for (size_t index = 0; index < count; index++) {
            result[index] = 0;
            const auto place = [&](float value, int limit) {
                return cvRound(std::clamp(value * foreground->scale, 0.0, static_cast<double>(limit)));
            };
            const int left = place(boxes[index].x1, sums.cols - 1), right = place(boxes[index].x2, sums.cols - 1);
            const int top = place(boxes[index].y1, sums.rows - 1), bottom = place(boxes[index].y2, sums.rows - 1);
            if (right <= left || bottom <= top) { continue; }
            const int sum = sums.at<int>(bottom, right) - sums.at<int>(top, right) - sums.at<int>(bottom, left) +
                            sums.at<int>(top, left);
            result[index] = static_cast<float>(sum) / static_cast<float>((right - left) * (bottom - top));
        }
    });
}

struct copencv_motion {
    cv::Mat previous;
};

copencv_status copencv_motion_create(copencv_motion **result, copencv_error *error) {
    return guarded(error, [&] { *result = new copencv_motion(); });
}

void copencv_motion_release(copencv_motion *motion) { delete motion; }

copencv_status copencv_motion_update(
    copencv_motion *motion, const copencv_image *image, float tolerance, copencv_displacement *result,
    copencv_error *error) {
    return guarded(error, [&] {
        const double scale = reduction(image->mat, motion_width);
        cv::Mat gray = reduced(image->mat, scale);
        if (gray.channels() == 3) { cv::cvtColor(gray, gray, cv::COLOR_BGR2GRAY); }
        *result = {0, 0, 0, 0, 0};
        cv::Mat previous = motion->previous;
        motion->previous = gray.clone();
        if (previous.size() != gray.size()) { return; }

        std::vector<cv::Point2f> corners, moved;
        cv::goodFeaturesToTrack(previous, corners, 120, 0.01, 12);
        result->points = static_cast<int32_t>(corners.size());
        if (corners.empty()) { return; }
        std::vector<uint8_t> status;
        std::vector<float> errors;
        cv::calcOpticalFlowPyrLK(previous, gray, corners, moved, status, errors, cv::Size(13, 13), 3);
        std::vector<float> dx, dy;
        int far = 0;
        for (size_t index = 0; index < corners.size(); index++) {
            if (!status[index] || errors[index] > 20) { continue; }
            const cv::Point2f step = (moved[index] - corners[index]) / static_cast<float>(scale);
            dx.push_back(step.x);
            dy.push_back(step.y);
            if (std::hypot(step.x, step.y) > tolerance) { far++; }
        }
        result->followed = static_cast<int32_t>(dx.size());
        if (dx.empty()) { return; }
        const auto median = [](std::vector<float> &values) {
            const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
            std::nth_element(values.begin(), middle, values.end());
            return *middle;
        };
        result->dx = median(dx);
        result->dy = median(dy);
        result->moved = static_cast<float>(far) / static_cast<float>(result->followed);
    });
}
