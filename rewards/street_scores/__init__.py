"""Grid assessment of streets (网格化管理考核): order, safety and environment each month, weighted into ranks."""
