#include "image.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <stdexcept>
#include <vector>

#include "copencv_detection.h"
#include "detection.hpp"

using copencv::guarded;

namespace {

/// The classifier's window, and the part of it that the person fills: it was trained on 64 x 128 pixels with a margin
/// of 16 around people 96 high, who are a little over a third as wide.
const cv::Size window(64, 128);
constexpr double person_height = 96;
constexpr double person_width = 38;

} // namespace

struct copencv_people {
    cv::HOGDescriptor hog{window, cv::Size(16, 16), cv::Size(8, 8), cv::Size(8, 8), 9};
};

void copencv_list_release(copencv_list list) { std::free(list.items); }

copencv_status copencv_people_create(copencv_people **result, copencv_error *error) {
    return guarded(error, [&] {
        auto people = std::make_unique<copencv_people>();
        people->hog.setSVMDetector(cv::HOGDescriptor::getDefaultPeopleDetector());
        *result = people.release();
    });
}

void copencv_people_release(copencv_people *people) { delete people; }

namespace {

/// Looks for people of one height in one area of the image.
void search(
    const copencv_people &people, const cv::Mat &image, const copencv_box &area, double height, double threshold,
    std::vector<copencv_person> &found) {
    const double scale = person_height / height;
    // Whole windows around every person of this height inside the area.
    const double margin_x = (window.width - person_width) / 2 / scale;
    const double margin_y = (window.height - person_height) / 2 / scale;
    const int left = static_cast<int>(std::floor(area.x1 - margin_x));
    const int top = static_cast<int>(std::floor(area.y1 - margin_y));
    const int right = static_cast<int>(std::ceil(std::max(area.x2 + margin_x, left + window.width / scale + 1)));
    const int bottom = static_cast<int>(std::ceil(std::max(area.y2 + margin_y, top + window.height / scale + 1)));

    const cv::Rect wanted(left, top, right - left, bottom - top);
    const cv::Rect inside = wanted & cv::Rect(0, 0, image.cols, image.rows);
    if (inside.empty()) { return; }
    cv::Mat scaled;
    const cv::Size size(std::max(1, cvRound(inside.width * scale)), std::max(1, cvRound(inside.height * scale)));
    cv::resize(image(inside), scaled, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    const double scale_x = static_cast<double>(size.width) / inside.width;
    const double scale_y = static_cast<double>(size.height) / inside.height;
    const int pad_left = cvRound((inside.x - left) * scale_x);
    const int pad_top = cvRound((inside.y - top) * scale_y);
    // The classifier reads outside of an image that is smaller than its window.
    const int pad_right =
        std::max(cvRound((right - inside.x - inside.width) * scale_x), window.width - pad_left - size.width);
    const int pad_bottom =
        std::max(cvRound((bottom - inside.y - inside.height) * scale_y), window.height - pad_top - size.height);
    cv::copyMakeBorder(
        scaled, scaled, pad_top, std::max(pad_bottom, 0), pad_left, std::max(pad_right, 0), cv::BORDER_REPLICATE);

    std::vector<cv::Point> places;
    std::vector<double> weights;
    people.hog.detect(scaled, places, weights, threshold, cv::Size(8, 8), cv::Size());
    for (size_t index = 0; index < places.size(); index++) {
        const double x = (places[index].x - pad_left + window.width / 2.0) / scale_x + inside.x;
        const double y = (places[index].y - pad_top + window.height / 2.0) / scale_y + inside.y;
        const double half_width = person_width / 2 / scale_x;
        const double half_height = person_height / 2 / scale_y;
        found.push_back(
            {{static_cast<float>(x - half_width), static_cast<float>(y - half_height),
              static_cast<float>(x + half_width), static_cast<float>(y + half_height)},
             static_cast<float>(weights[index])});
    }
}

} // namespace

copencv_status copencv_people_search(
    const copencv_people *people, const copencv_image *image, copencv_box area, double height, double threshold,
    copencv_list *result, copencv_error *error) {
    return guarded(error, [&] {
        if (!(height >= 8)) { throw std::invalid_argument("people are looked for from a height of 8 pixels on"); }
        std::vector<copencv_person> found;
        search(*people, image->mat, area, height, threshold, found);
        *result = copencv::list_of(found);
    });
}
