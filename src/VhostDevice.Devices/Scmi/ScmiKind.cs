// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using Microsoft.Extensions.Logging;
using VhostDevice.Devices.Scmi.Hwmon;
using VhostDevice.Devices.Scmi.Iio;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scmi;

/// <summary>scmi: sensors of the host, or ones that count.</summary>
public sealed class ScmiKind() : DeviceKind("scmi", 32, "SCMI: sensors of the host, or simulated ones")
{
    private static readonly ListSetting s_devices = new(
        "--device", "-d", "SENSOR...",
        "Sensors, in the order of their numbers: KIND[,PROPERTY=VALUE]..., with blanks between several")
    {
        TakesSeveral = true,
    };

    private static readonly FlagSetting s_help = new("--help-devices", null, "Print what sensors there are and how they are written, and exit")
    {
        Prints = static () => ScmiSensorKind.Help,
    };

    public override IReadOnlyList<Setting> Settings => [s_devices, s_help];

    public override string UsualOptions => "--socket-path PATH --device SENSOR...";

    public override string Example => "--socket-path /run/vm/scmi --device hwmon,path=/sys/class/hwmon/hwmon0";

    public override string? Problem(Values values)
    {
        foreach (string text in values[s_devices])
        {
            if (ScmiSpec.TryParse(text, out _) is { } problem)
                return problem;
        }

        return null;
    }

    public override Served Open(Opening at)
    {
        List<IScmiSensor> sensors = [];
        HostCalls calls = at.Owns(new HostCalls("sensors"));
        IioHost iio = at.Owns(new IioHost("/dev", calls, at.Log));
        HwmonHost hwmon = at.Owns(new HwmonHost(calls));
        foreach (string text in at[s_devices])
        {
            _ = ScmiSpec.TryParse(text, out ScmiSpec spec);
            switch (spec.Kind)
            {
                case ScmiSensorKind.Iio:
                    sensors.Add(iio.Open(spec["path"]!, spec["channel"]!, spec["name"]));
                    break;
                case ScmiSensorKind.Hwmon:
                    sensors.AddRange(hwmon.Open(spec["path"]!, spec["channel"], spec["name"]));
                    break;
                default:
                    sensors.Add(new FakeSensor(spec["name"] ?? ScmiSensorKind.Fake));
                    break;
            }
        }

        ScmiPlatform platform = new(new Lock(), "vhost-device", "sensors");
        _ = new SensorProtocol(platform, sensors);
        for (int i = 0; i < sensors.Count; i++)
            _ = platform.AddDevice(SensorProtocol.Number, i);
        at.Begin(() =>
        {
            for (int i = 0; i < sensors.Count; i++)
                at.Log.LogInformation("sensor {Number}: {Name}{Stream}", i, sensors[i].Name, sensors[i].Streams ? ", from its buffer" : "");
        });
        return new Served(socket =>
        {
            ScmiAgent agent = platform.AddAgent("guest", isTrusted: true);
            at.Meter?.Add(socket.Name, ScmiCounterTable.Of(agent.Statistics));
            HostCalls? needed = sensors.Any(static s => s.Calls is not null) ? calls : null;
            return () => new ScmiDevice(agent, needed);
        });
    }
}
