// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>The voltage domain protocol (SCMI 3.2 §4.9).</summary>
public sealed class VoltageProtocol : DomainProtocol<ScmiVoltage>
{
    internal const byte Number = 0x17;

    private const byte DomainAttributes = 3;
    private const byte DescribeLevels = 4;
    private const byte ConfigSet = 5;
    private const byte ConfigGet = 6;
    private const byte LevelSet = 7;
    private const byte LevelGet = 8;
    private const byte NameGet = 9;

    private const uint HasLongName = 1u << 30;
    private const uint InSteps = 3 | (1u << 12);
    private const uint Off = 0;
    private const uint On = 7;
    private const uint Asynchronous = 1;

    /// <param name="voltages">Their places are their numbers.</param>
    public VoltageProtocol(ScmiPlatform platform, IReadOnlyList<ScmiVoltage> voltages)
        : base(platform, Number, 0x20001, voltages)
    {
    }

    private protected override byte NameMessage => NameGet;

    private protected override int ParametersOfOwn(byte message) => message switch
    {
        DomainAttributes or ConfigGet or LevelGet or NameGet => 1,
        DescribeLevels or ConfigSet => 2,
        LevelSet => 3,
        _ => NoSuchMessage,
    };

    private protected override void PutAttributes(ScmiCall call) => call.Put((uint)Domains.Count);

    private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message, uint number, ScmiVoltage voltage, uint flags)
    {
        switch (message)
        {
            case DomainAttributes:
                call.Put(LongName(voltage, HasLongName));
                call.Put(voltage.Name, ShortNameBytes);
                return ScmiStatus.Success;
            case DescribeLevels:
                if (call.Take() != 0)
                    return ScmiStatus.OutOfRange;
                call.Put(InSteps);
                call.Put((uint)voltage.Levels.Least);
                call.Put((uint)voltage.Levels.Most);
                call.Put((uint)voltage.Levels.Step);
                return ScmiStatus.Success;
            case ConfigSet:
                uint mode = call.Take();
                if (mode is not (Off or On))
                    return ScmiStatus.InvalidParameters;
                voltage.IsOn = mode == On;
                return ScmiStatus.Success;
            case ConfigGet:
                call.Put(voltage.IsOn ? On : Off);
                return ScmiStatus.Success;
            case LevelSet:
                return SetLevel(voltage, call.Take(), (int)call.Take());
            default:
                call.Put((uint)voltage.Level);
                return ScmiStatus.Success;
        }
    }

    // The protocol has no notifications.
    private protected override void OnChanged(uint number, ScmiVoltage domain)
    {
    }

    private static ScmiStatus SetLevel(ScmiVoltage voltage, uint flags, int level)
    {
        if (!HasOnly(flags, Asynchronous))
            return ScmiStatus.InvalidParameters;
        if (flags != 0)
            return ScmiStatus.NotSupported;
        if (!voltage.Levels.Has(level))
            return ScmiStatus.InvalidParameters;
        voltage.Level = voltage.Levels.Round(level, ScmiSteps.Rounding.Nearest);
        return ScmiStatus.Success;
    }
}
