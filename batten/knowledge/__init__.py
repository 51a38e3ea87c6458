"""What is known of images and capabilities. The knowledge itself is data and lies in assets/."""
