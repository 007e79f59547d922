// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>
/// Gets the readings of a sensor that an agent wants to be notified of: from a sensor that streams, or by reading at intervals.
/// For the guest's loop; what may wait is done elsewhere.
/// </summary>
internal sealed class SensorSampler : IDisposable
{
    private readonly SensorProtocol _protocol;
    private readonly ScmiAgent _agent;
    private readonly EventLoop _loop;
    private readonly int _number;
    private readonly IScmiSensor _sensor;
    private readonly ScmiReading[] _readings;
    private readonly Action _look;
    private readonly Sample? _sample;
    private LoopTimer? _timer;
    private TimeSpan _period;
    private IDisposable? _stream;
    private ScmiStatus _status;
    private bool _isListening;
    private bool _isDisposed;
    private bool _again;
    private long? _last;

    internal SensorSampler(SensorProtocol protocol, ScmiAgent agent, EventLoop loop, int number)
    {
        _protocol = protocol;
        _agent = agent;
        _loop = loop;
        _number = number;
        _sensor = protocol.Sensors[number];
        _readings = new ScmiReading[_sensor.Axes.Count];
        _look = Look;
        _sample = _sensor.Calls is null ? null : new Sample(this, loop);
    }

    /// <summary>What the agent wants may be something else than before.</summary>
    internal void Update()
    {
        if (_isDisposed)
            return;
        bool updates, trips;
        ScmiInterval interval;
        lock (_agent.Platform.Gate)
        {
            SensorState state = _protocol.StateOf(_agent, _number);
            updates = state.WantsUpdates;
            trips = state.WantsTrips;
            interval = ScmiInterval.OfConfig(state.Config);
        }

        bool streams = updates && _sensor.Streams;
        if (streams)
            _stream ??= _sensor.Listen(_loop, readings => _last = _protocol.Sampled(_agent, _number, readings.Span, _last, isUpdate: true));
        else
            EndStream();
        Listen(trips);
        if (!trips)
            _last = null;
        else if (_last is null)
            Read();
        SetTimer((updates || trips) && !streams, interval.Seconds > 0 ? interval.Period : SensorProtocol.DefaultInterval.Period);
    }

    public void Dispose()
    {
        _isDisposed = true;
        EndStream();
        Listen(on: false);
        _timer?.Dispose();
        _timer = null;
        if (_sample is { IsOut: true })
            _ = _sensor.Calls!.TryTakeBack(_sample);
    }

    private void EndStream()
    {
        _stream?.Dispose();
        _stream = null;
    }

    // Of each change: a crossing between two readings at intervals would be overlooked.
    private void Listen(bool on)
    {
        if (on == _isListening)
            return;
        _isListening = on;
        if (on)
            _sensor.Changed += OnChanged;
        else
            _sensor.Changed -= OnChanged;
    }

    // On any thread.
    private void OnChanged() => _loop.Post(_look);

    private void Look()
    {
        if (!_isDisposed && _isListening)
            Read();
    }

    private void SetTimer(bool on, TimeSpan period)
    {
        if (!on)
        {
            _timer?.Cancel();
            return;
        }

        if (_timer is null && _loop.CreateTimer(Expired, out _timer).IsError)
            return;
        if (_timer!.IsSet && _period == period)
            return;
        _period = period;
        _timer.StartPeriodic(period);
    }

    private void Expired()
    {
        _isUpdate = true;
        Read();
    }

    // Whether the reading under way is one of the interval's.
    private bool _isUpdate;

    private void Read()
    {
        if (_sample is null)
        {
            _status = _sensor.Read(_readings);
            Finish();
            return;
        }

        // A sensor that takes longer than the interval is read as often as it can.
        if (_sample.IsOut)
            _again = true;
        else if (_sensor.Calls!.Make(_sample))
            Finish();
    }

    private void Finish()
    {
        if (_isDisposed)
            return;
        bool isUpdate = _isUpdate;
        _isUpdate = false;
        if (_status == ScmiStatus.Success)
            _last = _protocol.Sampled(_agent, _number, _readings, _last, isUpdate);
    }

    private void Returned()
    {
        Finish();
        bool again = _again;
        _again = false;
        if (again && !_isDisposed)
            Read();
    }

    private sealed class Sample(SensorSampler sampler, EventLoop loop) : CallBatch(loop)
    {
        protected override int Count => 1;

        protected override void Call(int number) =>
            sampler._status = IsCancelled ? ScmiStatus.GenericError : sampler._sensor.Read(sampler._readings);

        protected override void Made(int count)
        {
        }

        protected override void Done(Exception? fault) => sampler.Returned();
    }
}
