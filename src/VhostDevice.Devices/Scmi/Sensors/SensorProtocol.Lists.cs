// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Sensors;

// What agents are told of sensors, in as many parts as their buffers take.
public sealed partial class SensorProtocol
{
    private const uint SupportsUpdates = 1u << 30;
    private const uint HasLongName = 1u << 29;
    private const uint HasTimestamps = 1u << 9;
    private const uint HasExtendedAttributes = 1u << 8;
    private const uint IsVector = 1u << 8;
    private const uint AxisHasLongName = 1u << 9;
    private const uint AxisHasExtendedAttributes = 1u << 8;

    private const int ExponentShift = 11;
    private const int ResolutionExponentShift = 27;
    private const uint ExponentMask = 0x1f;
    private const uint ResolutionMask = (1u << ResolutionExponentShift) - 1;

    // -9, nanoseconds, in five bits.
    private const uint TimestampExponent = 0x17;
    private const int TimestampExponentShift = 10;

    private const int VectorBytes = 28;
    private const int ScalarBytes = 52;
    private const int AxisBytes = 48;
    private const int AxisNameBytes = 4 + LongNameBytes;

    private ScmiStatus Describe(ScmiCall call, uint first)
    {
        if (first >= (uint)Sensors.Count)
            return ScmiStatus.InvalidParameters;
        int head = call.PutLater();
        uint count = 0;
        for (int i = (int)first; i < Sensors.Count && call.Room >= (Sensors[i].IsVector ? VectorBytes : ScalarBytes); i++, count++)
            Describe(call, i);
        if (count == 0)
            return ScmiStatus.CommunicationError;
        call.Set(head, count | (((uint)Sensors.Count - first - count) << 16));
        return ScmiStatus.Success;
    }

    private void Describe(ScmiCall call, int number)
    {
        IScmiSensor sensor = Sensors[number];
        uint low = SupportsUpdates | HasTimestamps | (TimestampExponent << TimestampExponentShift)
            | (sensor.Name.Length >= ShortNameBytes ? HasLongName : 0);
        call.Put((uint)number);
        if (sensor.IsVector)
        {
            call.Put(low);
            call.Put(((uint)sensor.Axes.Count << 16) | IsVector);
            call.Put(sensor.Name, ShortNameBytes);
            return;
        }

        call.Put(low | HasExtendedAttributes | SensorState.TripCount);
        call.Put(UnitOf(sensor.Axes[0]));
        call.Put(sensor.Name, ShortNameBytes);
        call.Put(0u); // its power is not known
        PutRange(call, sensor.Axes[0]);
    }

    private static ScmiStatus DescribeAxes(IScmiSensor sensor, ScmiCall call, uint first)
    {
        if (!sensor.IsVector || first >= (uint)sensor.Axes.Count)
            return ScmiStatus.InvalidParameters;
        int head = call.PutLater();
        uint count = 0;
        for (int i = (int)first; i < sensor.Axes.Count && call.Room >= AxisBytes; i++, count++)
        {
            ScmiAxis axis = sensor.Axes[i];
            call.Put((uint)i);
            call.Put(AxisHasExtendedAttributes | (axis.Name.Length >= ShortNameBytes ? AxisHasLongName : 0));
            call.Put(UnitOf(axis));
            call.Put(axis.Name, ShortNameBytes);
            PutRange(call, axis);
        }

        return EndAxes(sensor, call, head, first, count);
    }

    private static ScmiStatus NameAxes(IScmiSensor sensor, ScmiCall call, uint first)
    {
        if (!sensor.IsVector || first >= (uint)sensor.Axes.Count)
            return ScmiStatus.InvalidParameters;
        int head = call.PutLater();
        uint count = 0;
        for (int i = (int)first; i < sensor.Axes.Count && call.Room >= AxisNameBytes; i++, count++)
        {
            call.Put((uint)i);
            call.Put(sensor.Axes[i].Name, LongNameBytes);
        }

        return EndAxes(sensor, call, head, first, count);
    }

    private static ScmiStatus EndAxes(IScmiSensor sensor, ScmiCall call, int head, uint first, uint count)
    {
        if (count == 0)
            return ScmiStatus.CommunicationError;
        call.Set(head, count | (((uint)sensor.Axes.Count - first - count) << 26));
        return ScmiStatus.Success;
    }

    private static ScmiStatus List(IScmiSensor sensor, ScmiCall call)
    {
        uint first = call.Take();
        int all = sensor.Intervals.Count;
        if (all == 0)
            return ScmiStatus.NotSupported;
        if (first >= (uint)all)
            return ScmiStatus.InvalidParameters;
        int count = Math.Min(all - (int)first, (call.Room / sizeof(uint)) - 1);
        if (count <= 0)
            return ScmiStatus.CommunicationError;
        call.Put((uint)count | ((uint)(all - (int)first - count) << 16));
        for (int i = 0; i < count; i++)
            call.Put(sensor.Intervals[(int)first + i].Bits);
        return ScmiStatus.Success;
    }

    private static uint UnitOf(ScmiAxis axis) => (((uint)axis.Exponent & ExponentMask) << ExponentShift) | (uint)axis.Unit;

    private static void PutRange(ScmiCall call, ScmiAxis axis)
    {
        call.Put((axis.Resolution & ResolutionMask) | (((uint)axis.ResolutionExponent & ExponentMask) << ResolutionExponentShift));
        call.Put((ulong)axis.Least);
        call.Put((ulong)axis.Most);
    }
}
