#ifndef COPENCV_DETECTION_HPP
#define COPENCV_DETECTION_HPP

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "copencv_detection.h"

namespace copencv {

/// A copy of the items that the caller owns.
template <class Item> copencv_list list_of(const std::vector<Item> &items) {
    if (items.empty()) { return {nullptr, 0}; }
    void *copy = std::malloc(items.size() * sizeof(Item));
    if (!copy) { throw std::bad_alloc(); }
    std::memcpy(copy, items.data(), items.size() * sizeof(Item));
    return {copy, items.size()};
}

} // namespace copencv

#endif
