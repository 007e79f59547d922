// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Sensors;

/// <summary>
/// The sensor protocol (SCMI 3.2 §4.7). What an agent has set is its own: whether a sensor is on, how often it is read, and what
/// is reported.
/// </summary>
public sealed partial class SensorProtocol : ScmiProtocol
{
    internal const byte Number = 0x15;

    private const byte DescriptionGet = 3;
    private const byte TripPointNotify = 4;
    private const byte TripPointConfig = 5;
    private const byte ReadingGet = 6;
    private const byte AxisDescriptionGet = 7;
    private const byte ListUpdateIntervals = 8;
    private const byte ConfigGet = 9;
    private const byte ConfigSet = 0xa;
    private const byte ContinuousUpdateNotify = 0xb;
    private const byte NameGet = 0xc;
    private const byte AxisNameGet = 0xd;

    private const byte TripPointEvent = 0;
    private const byte UpdateEvent = 1;

    private const int MostAxes = 16;
    private const uint TripRose = 1u << 16;
    private const uint TripControls = 0xff3;
    private const uint AsynchronousRead = 1;

    private readonly SensorSampler?[][] _samplers;
    private readonly SensorSwitch?[]?[] _switches;

    /// <param name="sensors">Stay the caller's; their places are their numbers.</param>
    /// <param name="mostAgents">How many agents the platform will have.</param>
    public SensorProtocol(ScmiPlatform platform, IReadOnlyList<IScmiSensor> sensors, int mostAgents = 1)
        : base(platform, Number, 0x30001)
    {
        Sensors = sensors;
        _samplers = new SensorSampler?[mostAgents + 1][];
        _switches = new SensorSwitch?[mostAgents + 1][];
    }

    public IReadOnlyList<IScmiSensor> Sensors { get; }

    internal static ScmiInterval DefaultInterval { get; } = new(1, 0);

    internal override int StateWords => Sensors.Count * SensorState.Words;

    internal SensorState StateOf(ScmiAgent agent, int sensor) =>
        new(agent.StateOf(this).Slice(sensor * SensorState.Words, SensorState.Words));

    // A sensor with one value can be read at once; drivers of those never switch them on. Those of vectors do. There is always
    // an interval: Linux divides by it.
    internal override void Forget(ScmiAgent agent)
    {
        base.Forget(agent);
        for (int i = 0; i < Sensors.Count; i++)
        {
            SensorState state = StateOf(agent, i);
            state.Config = DefaultInterval.ConfigBits | (Sensors[i].IsVector ? 0 : SensorState.Enabled);
        }
    }

    // On the agent's loop.
    internal override void StateChanged(ScmiAgent agent)
    {
        for (int i = 0; i < Sensors.Count; i++)
        {
            bool wants;
            ScmiInterval interval;
            lock (Platform.Gate)
            {
                SensorState state = StateOf(agent, i);
                wants = state.WantsUpdates;
                interval = ScmiInterval.OfConfig(state.Config);
            }

            SwitchOf(agent, i)?.Set(wants, wants ? interval : null);
            Update(agent, i);
        }
    }

    internal override void GuestCame(ScmiAgent agent)
    {
        _samplers[agent.Id] = new SensorSampler?[Sensors.Count];
        _switches[agent.Id] ??= new SensorSwitch?[Sensors.Count];
        StateChanged(agent);
    }

    internal override void GuestLeft(ScmiAgent agent)
    {
        foreach (SensorSampler? sampler in _samplers[agent.Id])
            sampler?.Dispose();
        _samplers[agent.Id] = [];
        // The next guest may go on where this one was, and what it wants is then switched on again.
        for (int i = 0; i < Sensors.Count; i++)
            SwitchOf(agent, i)?.Set(stream: false, interval: null);
    }

    /// <summary>There are readings, which are reported if they are wanted. On the agent's loop.</summary>
    /// <param name="last">The value before, for trip points; null: there was none.</param>
    /// <param name="isUpdate">It is one of those that come at intervals.</param>
    /// <returns>The value now.</returns>
    internal long Sampled(ScmiAgent agent, int number, ReadOnlySpan<ScmiReading> readings, long? last, bool isUpdate)
    {
        long now = readings[0].Value;
        lock (Platform.Gate)
        {
            SensorState state = StateOf(agent, number);
            if (!agent.MayUse(this, (uint)number))
                return now;
            if (isUpdate && state.WantsUpdates)
                Report(agent, number, readings, state.HasTimestamps);
            if (last is not { } before || !state.WantsTrips)
                return now;
            for (int i = 0; i < SensorState.TripCount; i++)
            {
                uint direction = state.Trip(i).CrossedBy(before, now);
                if (direction != 0)
                    agent.Notify(this, TripPointEvent, ScmiAgent.PlatformId, (uint)number, (uint)i | (direction == SensorTrip.Rising ? TripRose : 0));
            }
        }

        return now;
    }

    private protected override int ParametersOfOwn(byte message) => message switch
    {
        DescriptionGet or ConfigGet or NameGet => 1,
        TripPointNotify or ReadingGet or AxisDescriptionGet or ListUpdateIntervals => 2,
        ConfigSet or ContinuousUpdateNotify or AxisNameGet => 2,
        TripPointConfig => 4,
        _ => NoSuchMessage,
    };

    // There is no memory shared for readings.
    private protected override void PutAttributes(ScmiCall call)
    {
        call.Put((uint)Sensors.Count);
        call.Put(0u);
        call.Put(0u);
        call.Put(0u);
    }

    private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message)
    {
        uint id = call.Take();
        if (message == DescriptionGet)
            return Describe(call, id);
        if (id >= (uint)Sensors.Count)
            return ScmiStatus.NotFound;
        int number = (int)id;
        IScmiSensor sensor = Sensors[number];
        lock (Platform.Gate)
        {
            if (!agent.MayUse(this, id))
                return ScmiStatus.Denied;
        }

        switch (message)
        {
            case ReadingGet:
                return Read(agent, number, call);
            case ConfigGet:
                lock (Platform.Gate)
                    call.Put(StateOf(agent, number).Config);
                return ScmiStatus.Success;
            case ConfigSet:
                return Configure(agent, number, call.Take());
            case ContinuousUpdateNotify:
                return SetUpdates(agent, number, call.Take());
            case TripPointNotify:
                return SetTrips(agent, number, call.Take());
            case TripPointConfig:
                return SetTrip(agent, number, call);
            case ListUpdateIntervals:
                return List(sensor, call);
            case AxisDescriptionGet:
                return DescribeAxes(sensor, call, call.Take());
            case NameGet:
                call.Put(0u);
                call.Put(sensor.Name, LongNameBytes);
                return ScmiStatus.Success;
            default:
                return NameAxes(sensor, call, call.Take());
        }
    }

    private ScmiStatus Read(ScmiAgent agent, int number, ScmiCall call)
    {
        uint flags = call.Take();
        if (!HasOnly(flags, AsynchronousRead))
            return ScmiStatus.InvalidParameters;
        if (flags != 0)
            return ScmiStatus.NotSupported;
        IScmiSensor sensor = Sensors[number];
        bool hasTimestamps;
        lock (Platform.Gate)
        {
            SensorState state = StateOf(agent, number);
            if (!state.IsEnabled)
                return ScmiStatus.InvalidParameters;
            hasTimestamps = state.HasTimestamps;
        }

        Span<ScmiReading> readings = stackalloc ScmiReading[MostAxes];
        readings = readings[..sensor.Axes.Count];
        ScmiStatus status = sensor.Read(readings);
        if (status != ScmiStatus.Success)
            return status;
        foreach (ScmiReading reading in readings)
        {
            call.Put((ulong)reading.Value);
            call.Put(hasTimestamps ? reading.Time : 0ul);
        }

        return ScmiStatus.Success;
    }

    private void Report(ScmiAgent agent, int number, ReadOnlySpan<ScmiReading> readings, bool hasTimestamps)
    {
        Span<uint> words = stackalloc uint[ScmiNotice.MostWords];
        words[0] = ScmiAgent.PlatformId;
        words[1] = (uint)number;
        int at = 2;
        foreach (ScmiReading reading in readings)
        {
            words[at++] = (uint)reading.Value;
            words[at++] = (uint)(reading.Value >> 32);
            ulong time = hasTimestamps ? reading.Time : 0;
            words[at++] = (uint)time;
            words[at++] = (uint)(time >> 32);
        }

        agent.Notify(this, UpdateEvent, words[..at]);
    }

    // Null for a sensor that does not stream, and while no guest ever was.
    private SensorSwitch? SwitchOf(ScmiAgent agent, int number) =>
        Sensors[number].Streams && agent.Loop is { } loop && _switches[agent.Id] is { } switches
            ? switches[number] ??= new SensorSwitch(Sensors[number], loop)
            : null;

    // Samplers are the loop's, and commands may be served elsewhere.
    private void Update(ScmiAgent agent, int number) => agent.Loop?.Post(() => UpdateHere(agent, number));

    private void UpdateHere(ScmiAgent agent, int number)
    {
        if (agent.Loop is not { } loop || _samplers[agent.Id] is not { Length: > 0 } samplers)
            return;
        if (samplers[number] is null)
        {
            lock (Platform.Gate)
            {
                SensorState state = StateOf(agent, number);
                if (!state.WantsUpdates && !state.WantsTrips)
                    return;
            }

            samplers[number] = new SensorSampler(this, agent, loop, number);
        }

        samplers[number]!.Update();
    }
}
