// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>A channel of an IIO device, or the axes of one: read from its files, or as its buffer delivers it.</summary>
internal sealed class IioSensor : IScmiSensor, IDisposable
{
    private readonly IioBuffer? _buffer;
    private readonly Lock _gate = new();
    private readonly ScmiReading[] _latest;
    private bool _streams;
    private bool _hasLatest;

    /// <param name="channels">One, or an axis each; the sensor's from now on.</param>
    /// <param name="buffer">Of the device, if it has all of them in its scans; stays the caller's.</param>
    internal IioSensor(string name, bool isVector, IReadOnlyList<IioChannel> channels, IioBuffer? buffer, HostCalls calls)
    {
        Name = name;
        IsVector = isVector;
        Channels = channels;
        Axes = [.. channels.Select(static c => c.Axis)];
        Calls = calls;
        _latest = new ScmiReading[channels.Count];
        _buffer = channels.All(static c => c.Element is not null) ? buffer : null;
        foreach (IioChannel channel in channels)
        {
            if (_buffer is not null)
                _buffer.Add(channel.Element!);
        }
    }

    event Action? IScmiSensor.Changed
    {
        add
        {
        }

        remove
        {
        }
    }

    public string Name { get; }

    public bool IsVector { get; }

    public IReadOnlyList<ScmiAxis> Axes { get; }

    public IReadOnlyList<ScmiInterval> Intervals => _buffer is null ? PolledIntervals.All : _buffer.Intervals;

    public HostCalls? Calls { get; }

    public bool Streams => _buffer is not null;

    internal IReadOnlyList<IioChannel> Channels { get; }

    public ScmiStatus Read(Span<ScmiReading> readings)
    {
        lock (_gate)
        {
            // A device whose buffer is on cannot be read otherwise, and this is newer anyway.
            if (_streams && _hasLatest)
            {
                _latest.CopyTo(readings);
                return ScmiStatus.Success;
            }
        }

        ulong time = PolledIntervals.Now();
        for (int i = 0; i < readings.Length; i++)
        {
            Errno errno = Channels[i].Read(out long value);
            if (errno.IsError)
                return StatusOf(errno);
            readings[i] = new ScmiReading(value, time);
        }

        return ScmiStatus.Success;
    }

    public ScmiStatus Configure(bool stream, ScmiInterval? interval)
    {
        if (_buffer is null)
            return ScmiStatus.Success;
        ScmiStatus status = _buffer.Configure(this, stream, interval);
        lock (_gate)
        {
            _streams = stream && status == ScmiStatus.Success;
            _hasLatest &= _streams;
        }

        return status;
    }

    public IDisposable? Listen(EventLoop loop, Action<ReadOnlyMemory<ScmiReading>> deliver) => _buffer?.Listen(this, loop, deliver);

    public void Dispose()
    {
        foreach (IioChannel channel in Channels)
            channel.Dispose();
    }

    internal static ScmiStatus StatusOf(Errno errno) =>
        errno == Errno.EBUSY ? ScmiStatus.Busy : errno == Errno.EINVAL ? ScmiStatus.GenericError : ScmiStatus.HardwareError;

    internal void Keep(ReadOnlySpan<ScmiReading> readings)
    {
        lock (_gate)
        {
            readings.CopyTo(_latest);
            _hasLatest = true;
        }
    }
}
