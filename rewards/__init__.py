"""Recognition: who stands where; titles, honours and the catalogue come here too."""
