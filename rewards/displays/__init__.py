"""Hall screens (大屏): paired by a code that the screen shows and staff enter, watched from afar, revocable."""
