"""フォント: a hostile font in → outlines; outlines → font bytes. Only what is rebuilt here is ever stored."""
