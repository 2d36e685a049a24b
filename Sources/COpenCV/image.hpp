#ifndef COPENCV_IMAGE_HPP
#define COPENCV_IMAGE_HPP

#include <cstdio>
#include <exception>
#include <new>
#include <opencv2/core.hpp>

#include "copencv_image.h"

struct copencv_image {
    cv::Mat mat;
};

namespace copencv {

/// Runs `body` and turns every exception into a status and a message: none may reach a caller in Swift.
template <class Body> copencv_status guarded(copencv_error *error, Body body) noexcept {
    try {
        body();
        return copencv_status_ok;
    } catch (const std::bad_alloc &) {
        std::snprintf(error->message, sizeof error->message, "out of memory");
        return copencv_status_out_of_memory;
    } catch (const cv::Exception &exception) {
        std::snprintf(error->message, sizeof error->message, "%s", exception.err.c_str());
        return exception.code == cv::Error::StsNoMem ? copencv_status_out_of_memory : copencv_status_failed;
    } catch (const std::exception &exception) {
        std::snprintf(error->message, sizeof error->message, "%s", exception.what());
        return copencv_status_failed;
    } catch (...) {
        std::snprintf(error->message, sizeof error->message, "unknown C++ exception");
        return copencv_status_failed;
    }
}

} // namespace copencv

#endif
