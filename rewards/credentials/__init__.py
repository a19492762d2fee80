"""Certificates (证书) that anybody can check offline: signed by the district, in the form of Open Badges 3.0."""
