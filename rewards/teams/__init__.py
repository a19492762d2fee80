"""Teams (管家团): stewards of adjoining lanes who work together, led by one of them."""
