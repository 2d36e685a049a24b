#ifndef COPENCV_DETECTION_H
#define COPENCV_DETECTION_H

#include "copencv_image.h"

#endif
