// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Iio;

/// <summary>
/// The buffer of an IIO device, which its driver fills with scans, for all sensors of the device: one reader, whoever listens.
/// Setting it up may wait; scans are read on the loop of those who listen, which is one.
/// </summary>
internal sealed unsafe class IioBuffer : IDisposable
{
    private const int MostBytesPerRead = 4096;
    private const int MostReads = 16;

    private readonly AttributeFile _enable;
    private readonly OwnedFd _device;
    private readonly IioElement? _timestamp;
    private readonly AttributeFile? _frequency;
    private readonly List<(ScmiInterval Interval, string Text)> _frequencies;
    private readonly string _name;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly List<IioSensor> _wanted = [];
    private readonly List<IioListener> _listeners = [];
    private readonly byte[] _bytes = new byte[MostBytesPerRead];
    private readonly List<IioElement> _all = [];
    private IioScan? _scan;
    private int _kept;
    private FdWatch? _watch;

    private IioBuffer(string folder, string name, AttributeFile enable, OwnedFd device, ILogger log)
    {
        _name = name;
        _enable = enable;
        _device = device;
        _log = log;
        _timestamp = IioElement.Open(folder, "in_timestamp");
        if (_timestamp is not null)
            _all.Add(_timestamp);
        _frequencies = Frequencies(folder);
        if (_frequencies.Count > 0 && AttributeFile.Open(Path.Combine(folder, "sampling_frequency"), write: true, out _frequency).IsError)
            _frequencies = [];
    }

    /// <summary>The times between two scans that can be set; empty when none can.</summary>
    internal IReadOnlyList<ScmiInterval> Intervals => [.. _frequencies.Select(static f => f.Interval)];

    /// <param name="node">The device's file in /dev.</param>
    /// <returns>Null: the device has no buffer, or somebody else has it.</returns>
    internal static IioBuffer? Open(string folder, string name, string node, ILogger log)
    {
        string path = Path.Combine(folder, "buffer", "enable");
        if (!File.Exists(path) || !File.Exists(node))
            return null;
        Errno errno = AttributeFile.Open(path, write: true, out AttributeFile? enable);
        if (errno.IsSuccess)
        {
            errno = Files.Open(node, write: false, nonBlocking: true, out OwnedFd? device);
            if (errno.IsSuccess)
                return new IioBuffer(folder, name, enable!, device!, log);
            enable!.Dispose();
        }

        log.LogWarning(
            "{Name}: its buffer cannot be used: {Problem}; it is read at intervals instead",
            name,
            errno == Errno.EBUSY ? $"another program has {node} open" : $"{errno}");
        return null;
    }

    internal void Add(IioElement element) => _all.Add(element);

    /// <summary>Has a sensor's readings be part of scans or not, and scans come or not. May wait; one call at a time.</summary>
    internal ScmiStatus Configure(IioSensor sensor, bool stream, ScmiInterval? interval)
    {
        bool isChange;
        lock (_gate)
            isChange = _wanted.Contains(sensor) != stream;
        if (!isChange && interval is null)
            return ScmiStatus.Success;
        // Nothing can be set while scans come.
        Errno errno = _enable.Write("0");
        lock (_gate)
        {
            _scan = null;
            if (isChange && stream)
                _wanted.Add(sensor);
            else if (isChange)
                _ = _wanted.Remove(sensor);
        }

        if (errno.IsSuccess && interval is { } wanted)
            errno = SetFrequency(wanted);
        if (errno.IsSuccess)
            errno = Begin();
        if (errno.IsSuccess)
            return ScmiStatus.Success;
        lock (_gate)
            _ = stream && _wanted.Remove(sensor);
        return IioSensor.StatusOf(errno);
    }

    /// <summary>Begins to deliver a sensor's readings; on its loop.</summary>
    internal IDisposable Listen(IioSensor sensor, EventLoop loop, Action<ReadOnlyMemory<ScmiReading>> deliver)
    {
        IioListener listener = new(this, sensor, deliver);
        _listeners.Add(listener);
        if (_watch is null && loop.Watch(_device.Fd, Readiness.Readable, new Handler(this), out _watch) is { IsError: true } errno)
            _log.LogWarning("{Name}: the buffer cannot be watched: {Errno}", _name, errno);
        return listener;
    }

    /// <summary>Ends it; on the same loop.</summary>
    internal void Leave(IioListener listener)
    {
        _ = _listeners.Remove(listener);
        if (_listeners.Count > 0)
            return;
        _watch?.Dispose();
        _watch = null;
    }

    public void Dispose()
    {
        _ = _enable.Write("0");
        _watch?.Dispose();
        _device.Dispose();
        _enable.Dispose();
        _timestamp?.Dispose();
        _frequency?.Dispose();
    }

    private Errno Begin()
    {
        List<IioSensor> wanted;
        lock (_gate)
            wanted = [.. _wanted];
        List<IioElement> elements = [.. wanted.SelectMany(static s => s.Channels.Select(static c => c.Element!))];
        if (wanted.Count > 0 && _timestamp is not null)
            elements.Add(_timestamp);
        foreach (IioElement element in _all)
        {
            Errno errno = element.IsEnabled(out bool isOn);
            if (errno.IsSuccess && isOn != elements.Contains(element))
                errno = element.Enable(!isOn);
            if (errno.IsError)
                return errno;
        }

        if (wanted.Count == 0)
            return Errno.Success;
        IioScan scan = new(elements);
        if (scan.Length > MostBytesPerRead)
            return Errno.EINVAL;
        lock (_gate)
        {
            _scan = scan;
            _kept = 0;
        }

        return _enable.Write("1");
    }

    private Errno SetFrequency(ScmiInterval wanted)
    {
        foreach ((ScmiInterval interval, string text) in _frequencies)
        {
            if (interval == wanted)
                return _frequency!.Write(text);
        }

        return Errno.Success;
    }

    // Hertz, with blanks between them.
    private static List<(ScmiInterval Interval, string Text)> Frequencies(string folder)
    {
        List<(ScmiInterval Interval, string Text)> all = [];
        string text = AttributeFile.TextOf(Path.Combine(folder, "sampling_frequency_available")) ?? "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double hertz) && hertz is > 0 and < 1e9)
                all.Add((ScmiInterval.OfSeconds(1 / hertz), word));
        }

        all.Sort(static (a, b) => a.Interval.TotalSeconds.CompareTo(b.Interval.TotalSeconds));
        return all;
    }

    private void OnReady()
    {
        for (int reads = 0; reads < MostReads && _watch is not null; reads++)
        {
            nint n;
            Errno errno;
            fixed (byte* p = &_bytes[_kept])
                n = FileIo.Read(_device.Fd, p, (nuint)(MostBytesPerRead - _kept), out errno);
            if (n <= 0)
            {
                if (n == 0 || (errno != Errno.EAGAIN && errno != Errno.EBUSY))
                    Ended(n == 0 ? "it has ended" : $"{errno}");
                return;
            }

            IioScan? scan;
            IioListener[] listeners;
            lock (_gate)
                (scan, listeners) = (_scan, [.. _listeners]);
            Deliver(scan, listeners, _kept + (int)n);
        }
    }

    private void Deliver(IioScan? scan, IioListener[] listeners, int length)
    {
        _kept = 0;
        // It is being set up anew, and nobody knows what this was.
        if (scan is null)
            return;
        int at = 0;
        for (; at + scan.Length <= length; at += scan.Length)
        {
            ReadOnlySpan<byte> bytes = _bytes.AsSpan(at, scan.Length);
            ulong time = _timestamp is null ? PolledIntervals.Now() : (ulong)scan.ValueOf(_timestamp, bytes);
            foreach (IioListener listener in listeners)
                listener.Deliver(scan, bytes, time);
        }

        _kept = length - at;
        _bytes.AsSpan(at, _kept).CopyTo(_bytes);
    }

    private void Ended(string why)
    {
        _log.LogWarning("{Name}: the buffer delivers nothing more: {Why}", _name, why);
        _watch?.Dispose();
        _watch = null;
    }

    private sealed class Handler(IioBuffer buffer) : IFdHandler
    {
        public void OnReady(Readiness readiness) => buffer.OnReady();
    }
}
