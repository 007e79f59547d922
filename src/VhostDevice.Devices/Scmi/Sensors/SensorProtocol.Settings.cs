// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Sensors;

// What agents set.
public sealed partial class SensorProtocol
{
    private const uint ConfigFlags = SensorState.Enabled | SensorState.Timestamped;
    private const int RoundingShift = 9;
    private const uint RoundDown = 0;
    private const uint RoundUp = 1;
    private const uint RoundAsWell = 2;

    // The configuration has no other bits: 2 to 8 are reserved.
    private const uint ConfigReserved = 0x1fc;

    private ScmiStatus Configure(ScmiAgent agent, int number, uint config)
    {
        IScmiSensor sensor = Sensors[number];
        uint rounding = (config >> RoundingShift) & 3;
        if ((config & ConfigReserved) != 0 || rounding > RoundAsWell)
            return ScmiStatus.InvalidParameters;
        ScmiInterval wanted = ScmiInterval.OfConfig(config);
        ScmiInterval? interval = wanted.Seconds > 0 ? Choose(sensor.Intervals, wanted, rounding) : null;
        uint before;
        bool streams;
        lock (Platform.Gate)
        {
            SensorState state = StateOf(agent, number);
            before = state.Config;
            streams = (config & SensorState.Enabled) != 0 && state.NotifiesUpdates;
        }

        ScmiStatus status = sensor.Configure(streams && sensor.Streams, interval);
        if (status != ScmiStatus.Success)
            return status;
        lock (Platform.Gate)
        {
            SensorState state = StateOf(agent, number);
            uint intervalBits = interval?.ConfigBits ?? ScmiInterval.OfConfig(before).ConfigBits;
            state.Config = (config & ConfigFlags) | intervalBits;
        }

        Update(agent, number);
        return ScmiStatus.Success;
    }

    private ScmiStatus SetUpdates(ScmiAgent agent, int number, uint flags)
    {
        if (!HasOnly(flags, 1))
            return ScmiStatus.InvalidParameters;
        IScmiSensor sensor = Sensors[number];
        bool isEnabled;
        lock (Platform.Gate)
            isEnabled = StateOf(agent, number).IsEnabled;
        if (isEnabled && sensor.Streams)
        {
            ScmiStatus status = sensor.Configure(flags != 0, interval: null);
            if (status != ScmiStatus.Success)
                return status;
        }

        lock (Platform.Gate)
        {
            SensorState state = StateOf(agent, number);
            state.NotifiesUpdates = flags != 0;
        }

        Update(agent, number);
        return ScmiStatus.Success;
    }

    private ScmiStatus SetTrips(ScmiAgent agent, int number, uint flags)
    {
        if (!HasOnly(flags, 1))
            return ScmiStatus.InvalidParameters;
        if (Sensors[number].IsVector)
            return ScmiStatus.NotSupported;
        lock (Platform.Gate)
        {
            SensorState state = StateOf(agent, number);
            state.NotifiesTrips = flags != 0;
        }

        Update(agent, number);
        return ScmiStatus.Success;
    }

    private ScmiStatus SetTrip(ScmiAgent agent, int number, ScmiCall call)
    {
        uint control = call.Take();
        long value = (long)call.TakeLong();
        uint trip = control >> 4;
        if (!HasOnly(control, TripControls) || trip >= SensorState.TripCount || Sensors[number].IsVector)
            return ScmiStatus.InvalidParameters;
        lock (Platform.Gate)
        {
            SensorState state = StateOf(agent, number);
            state.SetTrip((int)trip, new SensorTrip(control & SensorTrip.AllModes, value));
        }

        Update(agent, number);
        return ScmiStatus.Success;
    }

    // The one that there is, as the agent wants it rounded; the nearest when it leaves that to us, or there is none beyond.
    private static ScmiInterval? Choose(IReadOnlyList<ScmiInterval> intervals, ScmiInterval wanted, uint rounding)
    {
        ScmiInterval? best = null;
        double least = double.PositiveInfinity;
        foreach (ScmiInterval each in intervals)
        {
            double ahead = Math.Log(each.TotalSeconds / wanted.TotalSeconds);
            const double Same = 1e-9;
            bool isWrongSide = (rounding == RoundDown && ahead > Same) || (rounding == RoundUp && ahead < -Same);
            double distance = Math.Abs(ahead) + (isWrongSide ? 1000 : 0);
            if (distance < least)
                (best, least) = (each, distance);
        }

        return best;
    }
}
