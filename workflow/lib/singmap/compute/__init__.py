"""Where and how products are computed: devices, number formats, fast kernels, Adam."""
