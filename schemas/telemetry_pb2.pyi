from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Codec(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CODEC_UNSPECIFIED: _ClassVar[Codec]
    INT16: _ClassVar[Codec]
    INT24: _ClassVar[Codec]
    INT32: _ClassVar[Codec]
    FLOAT32: _ClassVar[Codec]
    FLOAT64: _ClassVar[Codec]
    RICE: _ClassVar[Codec]
CODEC_UNSPECIFIED: Codec
INT16: Codec
INT24: Codec
INT32: Codec
FLOAT32: Codec
FLOAT64: Codec
RICE: Codec

class Packet(_message.Message):
    __slots__ = ("schema_version", "device", "session", "stream", "epoch", "sequence", "device_time_ns", "samples", "events")
    SCHEMA_VERSION_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DEVICE_TIME_NS_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    schema_version: int
    device: str
    session: str
    stream: str
    epoch: int
    sequence: int
    device_time_ns: int
    samples: Samples
    events: Events
    def __init__(self, schema_version: _Optional[int] = ..., device: _Optional[str] = ..., session: _Optional[str] = ..., stream: _Optional[str] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., device_time_ns: _Optional[int] = ..., samples: _Optional[_Union[Samples, _Mapping]] = ..., events: _Optional[_Union[Events, _Mapping]] = ...) -> None: ...

class Samples(_message.Message):
    __slots__ = ("first_sample", "counter_bits", "start_ns", "format", "n_samples", "codec", "checksum", "payload", "absent")
    FIRST_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    COUNTER_BITS_FIELD_NUMBER: _ClassVar[int]
    START_NS_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    N_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    first_sample: int
    counter_bits: int
    start_ns: int
    format: Format
    n_samples: int
    codec: Codec
    checksum: int
    payload: bytes
    absent: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, first_sample: _Optional[int] = ..., counter_bits: _Optional[int] = ..., start_ns: _Optional[int] = ..., format: _Optional[_Union[Format, _Mapping]] = ..., n_samples: _Optional[int] = ..., codec: _Optional[_Union[Codec, str]] = ..., checksum: _Optional[int] = ..., payload: _Optional[bytes] = ..., absent: _Optional[_Iterable[int]] = ...) -> None: ...

class Format(_message.Message):
    __slots__ = ("signal", "rate_num", "rate_den", "channels", "unit", "scale", "offset", "adc_bits", "adc_range")
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    RATE_NUM_FIELD_NUMBER: _ClassVar[int]
    RATE_DEN_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    ADC_BITS_FIELD_NUMBER: _ClassVar[int]
    ADC_RANGE_FIELD_NUMBER: _ClassVar[int]
    signal: str
    rate_num: int
    rate_den: int
    channels: _containers.RepeatedScalarFieldContainer[str]
    unit: str
    scale: _containers.RepeatedScalarFieldContainer[float]
    offset: _containers.RepeatedScalarFieldContainer[float]
    adc_bits: int
    adc_range: _containers.RepeatedCompositeFieldContainer[AdcRange]
    def __init__(self, signal: _Optional[str] = ..., rate_num: _Optional[int] = ..., rate_den: _Optional[int] = ..., channels: _Optional[_Iterable[str]] = ..., unit: _Optional[str] = ..., scale: _Optional[_Iterable[float]] = ..., offset: _Optional[_Iterable[float]] = ..., adc_bits: _Optional[int] = ..., adc_range: _Optional[_Iterable[_Union[AdcRange, _Mapping]]] = ...) -> None: ...

class AdcRange(_message.Message):
    __slots__ = ("low", "high")
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    low: float
    high: float
    def __init__(self, low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class Events(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("time_ns", "duration_ns", "kind", "description", "channels", "readings")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Event.Kind]
        MARKER: _ClassVar[Event.Kind]
        BEHAVIOUR: _ClassVar[Event.Kind]
        DEVICE_HEALTH: _ClassVar[Event.Kind]
    KIND_UNSPECIFIED: Event.Kind
    MARKER: Event.Kind
    BEHAVIOUR: Event.Kind
    DEVICE_HEALTH: Event.Kind
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    DURATION_NS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    READINGS_FIELD_NUMBER: _ClassVar[int]
    time_ns: int
    duration_ns: int
    kind: Event.Kind
    description: str
    channels: _containers.RepeatedScalarFieldContainer[str]
    readings: _containers.RepeatedCompositeFieldContainer[Reading]
    def __init__(self, time_ns: _Optional[int] = ..., duration_ns: _Optional[int] = ..., kind: _Optional[_Union[Event.Kind, str]] = ..., description: _Optional[str] = ..., channels: _Optional[_Iterable[str]] = ..., readings: _Optional[_Iterable[_Union[Reading, _Mapping]]] = ...) -> None: ...

class Reading(_message.Message):
    __slots__ = ("name", "channel", "unit", "number", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    channel: str
    unit: str
    number: float
    text: str
    def __init__(self, name: _Optional[str] = ..., channel: _Optional[str] = ..., unit: _Optional[str] = ..., number: _Optional[float] = ..., text: _Optional[str] = ...) -> None: ...

class FileHead(_message.Message):
    __slots__ = ("schema_version", "tenant", "session", "stream", "epoch", "subject")
    SCHEMA_VERSION_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    schema_version: int
    tenant: str
    session: str
    stream: str
    epoch: int
    subject: str
    def __init__(self, schema_version: _Optional[int] = ..., tenant: _Optional[str] = ..., session: _Optional[str] = ..., stream: _Optional[str] = ..., epoch: _Optional[int] = ..., subject: _Optional[str] = ...) -> None: ...

class Record(_message.Message):
    __slots__ = ("sequence", "time_ns", "first_sample", "n_samples", "packet", "sealed_packet")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_NS_FIELD_NUMBER: _ClassVar[int]
    FIRST_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    N_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    PACKET_FIELD_NUMBER: _ClassVar[int]
    SEALED_PACKET_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    time_ns: int
    first_sample: int
    n_samples: int
    packet: bytes
    sealed_packet: bytes
    def __init__(self, sequence: _Optional[int] = ..., time_ns: _Optional[int] = ..., first_sample: _Optional[int] = ..., n_samples: _Optional[int] = ..., packet: _Optional[bytes] = ..., sealed_packet: _Optional[bytes] = ...) -> None: ...

class Post(_message.Message):
    __slots__ = ("packets",)
    PACKETS_FIELD_NUMBER: _ClassVar[int]
    packets: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, packets: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Envelope(_message.Message):
    __slots__ = ("kind", "tenant", "subject", "session", "stream", "epoch", "sequence", "event_time_ms", "received_ns", "delivery", "sealed", "published_ns", "traceparent")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Envelope.Kind]
        SAMPLES: _ClassVar[Envelope.Kind]
        EVENTS: _ClassVar[Envelope.Kind]
        END: _ClassVar[Envelope.Kind]
    KIND_UNSPECIFIED: Envelope.Kind
    SAMPLES: Envelope.Kind
    EVENTS: Envelope.Kind
    END: Envelope.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_NS_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_NS_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    kind: Envelope.Kind
    tenant: str
    subject: str
    session: str
    stream: str
    epoch: int
    sequence: int
    event_time_ms: int
    received_ns: int
    delivery: str
    sealed: bytes
    published_ns: int
    traceparent: str
    def __init__(self, kind: _Optional[_Union[Envelope.Kind, str]] = ..., tenant: _Optional[str] = ..., subject: _Optional[str] = ..., session: _Optional[str] = ..., stream: _Optional[str] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., event_time_ms: _Optional[int] = ..., received_ns: _Optional[int] = ..., delivery: _Optional[str] = ..., sealed: _Optional[bytes] = ..., published_ns: _Optional[int] = ..., traceparent: _Optional[str] = ...) -> None: ...

class Letter(_message.Message):
    __slots__ = ("attributes", "data", "published_ns", "stage", "reason", "message")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_NS_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    attributes: _containers.ScalarMap[str, str]
    data: bytes
    published_ns: int
    stage: str
    reason: str
    message: str
    def __init__(self, attributes: _Optional[_Mapping[str, str]] = ..., data: _Optional[bytes] = ..., published_ns: _Optional[int] = ..., stage: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...
