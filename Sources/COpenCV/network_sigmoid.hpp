#pragma once

namespace copencv {

/// Networks that are read from now on compute their sigmoids faster.
void use_fast_sigmoid();

}  // namespace copencv
