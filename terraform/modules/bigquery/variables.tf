variable "project" {
  description = "Project of the datasets."
  type        = string
}

variable "region" {
  description = "Where rows stay: one region, not a multi-region."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is \"${var.region}\"; expected one region, such as europe-west3: EU and US are many."
  }
}

variable "dataset" {
  description = "Name of the dataset that researchers query; jobs append to the one with _log after it."
  type        = string
  default     = "neural"
  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{2,60}$", var.dataset)) && !endswith(var.dataset, "_log")
    error_message = "dataset is \"${var.dataset}\"; expected 3 to 61 characters a-z 0-9 _, first a letter, without _log at its end."
  }
}

variable "kms_key" {
  description = "Resource name of the key that protects every table, in the same region."
  type        = string
  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is \"${var.kms_key}\"; expected projects/P/locations/REGION/keyRings/RING/cryptoKeys/KEY."
  }
}

variable "keep_days" {
  description = "By table: days, counted from when a row was stored, after which it is deleted. Tables that are not named keep their rows."
  type        = map(number)
  default     = { dead_letters = 365, features_log = 365, latencies = 30 }
  validation {
    condition     = alltrue([for days in values(var.keep_days) : days >= 1])
    error_message = "keep_days are ${jsonencode(var.keep_days)}; expected at least 1 day each."
  }
}

variable "time_travel_hours" {
  description = "How long a deleted row can be read again. An erasure counts it, and seven days of fail-safe after it."
  type        = number
  default     = 48
  validation {
    condition     = var.time_travel_hours >= 48 && var.time_travel_hours <= 168 && var.time_travel_hours % 24 == 0
    error_message = "time_travel_hours is ${var.time_travel_hours}; expected 48 to 168, in whole days, which is what BigQuery takes."
  }
}

variable "researchers" {
  description = "By tenant: who sees that tenant's rows and no others, such as group:research@example.org."
  type        = map(set(string))
  default     = {}
  validation {
    condition     = alltrue([for tenant in keys(var.researchers) : can(regex("^[a-z0-9]{8}$", tenant))])
    error_message = "researchers are of ${join(", ", keys(var.researchers))}; expected tenants of 8 characters a-z 0-9, such as clinic01."
  }
  validation {
    condition     = alltrue([for member in flatten([for members in values(var.researchers) : tolist(members)]) : can(regex("^(group|user|serviceAccount):[^@\\s]+@[^@\\s]+$", member))])
    error_message = "researchers are ${jsonencode(var.researchers)}; expected group:, user: or serviceAccount: and an address; nobody else can be let in."
  }
}

variable "clear_text_readers" {
  description = "Who sees protected columns as they are; researchers see NULL there."
  type        = map(string)
  default     = {}
}

variable "protected_columns" {
  description = "Columns (table.column) that may hold text about a person: what somebody typed, names of files."
  type        = set(string)
  default     = ["dead_letters.path", "device_health.text", "markers.description", "sessions.metadata", "sessions.source"]
}

variable "writers" {
  description = "Members that append rows, by names of your choice: the jobs."
  type        = map(string)
  default     = {}
}

variable "retention_account" {
  description = "Address of the service account that deletes rows whose time has come; it sees all rows."
  type        = string
  validation {
    condition     = can(regex("^[^@:\\s]+@[^@\\s]+$", var.retention_account))
    error_message = "retention_account is \"${var.retention_account}\"; expected an address, such as retention@my-project.iam.gserviceaccount.com."
  }
}
