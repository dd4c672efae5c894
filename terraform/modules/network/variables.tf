variable "project" {
  description = "Project of the network."
  type        = string
}

variable "name" {
  description = "Of the network; its parts are named after it."
  type        = string
  default     = "neural-engine"
  validation {
    condition     = can(regex("^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$", var.name))
    error_message = "name is \"${var.name}\"; expected at most 40 characters a-z 0-9 and -, first a letter, such as neural-engine."
  }
}

variable "ranges" {
  description = "By region: the range of addresses of its workers. A /24 holds 252."
  type        = map(string)
  validation {
    condition     = length(var.ranges) > 0 && alltrue([for range in values(var.ranges) : can(cidrhost(range, 0))])
    error_message = "ranges are ${jsonencode(var.ranges)}; expected a range a region, such as { europe-west3 = \"10.10.0.0/24\" }."
  }
  validation {
    condition = alltrue([
      for range in values(var.ranges) :
      anytrue([for private in ["^10\\.", "^172\\.(1[6-9]|2[0-9]|3[01])\\.", "^192\\.168\\."] : can(regex(private, range))])
    ])
    error_message = "ranges are ${join(", ", values(var.ranges))}; expected private ones (10/8, 172.16/12, 192.168/16)."
  }
}

variable "restricted_apis" {
  description = "Whether workers reach Google through restricted.googleapis.com, as a VPC-SC perimeter wants it, instead of private.googleapis.com."
  type        = bool
  default     = true
}

variable "internet_egress" {
  description = "Whether workers may open connections to the internet, through NAT. They need none: packages are in the image."
  type        = bool
  default     = false
}
