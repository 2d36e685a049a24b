package struct HOGDetector {}
