// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu.Dbc;
using Xunit;

namespace VhostDevice.Devices.Tests.Can.Ecu;

/// <summary>DBC files: what they say, and what signals are in bytes.</summary>
public sealed class DbcTests
{
    internal const string Example = """
        VERSION "1.0"

        NS_ :
            NS_DESC_
            CM_
            BA_DEF_

        BS_:

        BU_: Engine Dash

        VAL_TABLE_ OnOff 1 "On" 0 "Off" ;

        BO_ 256 EngineData: 8 Engine
         SG_ EngineSpeed : 0|16@1+ (0.25,0) [0|16383.75] "rpm" Dash
         SG_ Torque : 16|12@1- (0.5,-100) [-500|900] "Nm" Dash
         SG_ Gear : 28|4@1+ (1,0) [0|0] "" Dash
         SG_ Temp : 39|8@0+ (1,-40) [-40|215] "degC" Dash

        BO_ 2566844926 Extended: 4 Engine
         SG_ Position : 7|32@0- (1E-07,0) [-180|180] "deg" Vector__XXX

        BO_ 300 Muxed: 8 Engine
         SG_ Page M : 0|8@1+ (1,0) [0|0] "" Dash
         SG_ First m0 : 8|8@1+ (1,0) [0|0] "" Dash
         SG_ Second m1 : 8|16@1+ (1,0) [0|0] "" Dash

        BO_ 301 Real: 12 Engine
         SG_ Ratio : 0|32@1- (2,1) [0|0] "" Dash
         SG_ Wide : 32|64@1- (1,0) [0|0] "" Dash

        CM_ SG_ 256 EngineSpeed "a comment; with a \"quotation\"
        over two lines";
        BA_DEF_ BO_  "GenMsgCycleTime" INT 0 65535;
        BA_DEF_DEF_  "GenMsgCycleTime" 0;
        BA_ "GenMsgCycleTime" BO_ 256 20;
        BA_ "GenSigStartValue" SG_ 256 EngineSpeed 3200;
        VAL_ 256 Gear 0 "Park" 1 "Reverse" 2 "Neutral" ;
        SIG_VALTYPE_ 301 Ratio : 1;
        SIG_VALTYPE_ 301 Wide : 2;
        """;

    [Fact]
    public void Messages_and_signals_are_what_the_file_says()
    {
        DbcFile file = Read(Example);
        Assert.Equal(["EngineData", "Extended", "Muxed", "Real"], file.Messages.Select(m => m.Name));
        DbcMessage engine = file.Find("EngineData")!;
        Assert.Equal((256u, false, 8, TimeSpan.FromMilliseconds(20)), (engine.Id, engine.IsExtended, engine.Length, engine.Cycle));
        Assert.Equal(["EngineSpeed", "Torque", "Gear", "Temp"], engine.Signals.Select(s => s.Name));
        Assert.Equal("rpm", engine.Signals[0].Unit);
        Assert.Equal("800", engine.Signals[0].Show(engine.Signals[0].StartRaw));
        Assert.Equal(["0 to 16383.75", "-500 to 900", "0 to 15, or Park, Reverse, Neutral", "-40 to 215"], engine.Signals.Select(s => s.Accepts));
        DbcMessage extended = file.Find("Extended")!;
        Assert.Equal((0x18FEF1FEu, true, null), (extended.Id, extended.IsExtended, extended.Cycle));
    }

    /// <summary>Worked out by hand: Intel counts from the lowest bit of byte 0 on, Motorola from the highest bit of a byte down.</summary>
    [Theory]
    [InlineData("EngineSpeed", "800", "800C000000000000")]
    [InlineData("EngineSpeed", "16383.75", "FFFF000000000000")]
    [InlineData("Torque", "-100", "0000000000000000")]
    [InlineData("Torque", "-100.5", "0000FF0F00000000")]
    [InlineData("Torque", "899.5", "0000CF0700000000")]
    [InlineData("Gear", "Reverse", "0000001000000000")]
    [InlineData("Gear", "15", "000000F000000000")]
    [InlineData("Temp", "90", "0000000082000000")]
    [InlineData("Position", "-0.0000001", "FFFFFFFF")]
    [InlineData("Position", "52.5200001", "1F4DEA81")]
    [InlineData("Ratio", "2", "0000003F0000000000000000")]
    [InlineData("Wide", "-1.5", "00000000000000000000F8BF")]
    public void Values_are_these_bytes(string name, string value, string bytes)
    {
        (DbcMessage message, DbcSignal signal) = Find(name);
        byte[] data = new byte[message.Length];
        Assert.True(signal.TryRead(value, out ulong raw));
        signal.Write(data, raw);
        Assert.Equal(bytes, Convert.ToHexString(data));
        Assert.Equal(value, signal.Show(signal.Read(data)));
    }

    [Theory]
    [InlineData("EngineSpeed", "16384")]
    [InlineData("EngineSpeed", "-0.25")]
    [InlineData("EngineSpeed", "fast")]
    [InlineData("EngineSpeed", "")]
    [InlineData("EngineSpeed", "1e99")]
    [InlineData("Torque", "900.5")]
    [InlineData("Gear", "park")]
    [InlineData("Gear", "16")]
    [InlineData("Temp", "216")]
    [InlineData("Ratio", "NaN")]
    [InlineData("Ratio", "1e300")]
    public void What_is_out_of_range_is_not_taken(string name, string value) => Assert.False(Find(name).Signal.TryRead(value, out _));

    [Fact]
    public void A_multiplexor_says_which_signals_are_there()
    {
        DbcMessage message = Read(Example).Find("Muxed")!;
        Assert.Equal([true, true, false], message.Signals.Select(s => s.IsIn([0, 5, 0])));
        Assert.Equal([true, false, true], message.Signals.Select(s => s.IsIn([1, 5, 0])));
        Assert.Equal([true, false, false], message.Signals.Select(s => s.IsIn([2, 5, 0])));
    }

    [Fact]
    public void Multiplexors_may_depend_on_each_other()
    {
        DbcFile file = Read("""
            BO_ 1 M: 8 E
             SG_ Outer M : 0|8@1+ (1,0) [0|0] "" E
             SG_ Inner m1M : 8|8@1+ (1,0) [0|0] "" E
             SG_ Deep m3 : 16|8@1+ (1,0) [0|0] "" E
            SG_MUL_VAL_ 1 Inner Outer 1-1;
            SG_MUL_VAL_ 1 Deep Inner 3-5, 9-9;
            """);
        DbcSignal deep = file.Messages[0].Find("Deep")!;
        Assert.True(deep.IsIn([1, 4]));
        Assert.True(deep.IsIn([1, 9]));
        Assert.False(deep.IsIn([1, 8]));
        Assert.False(deep.IsIn([0, 4]));
    }

    /// <summary>Whatever the place, the sign and the factor: what is written is read, and touches nothing else.</summary>
    [Fact]
    public void Signals_go_there_and_back()
    {
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            int length = random.Next(1, 65), start = random.Next(0, 512);
            bool isMotorola = random.Next(2) == 0;
            DbcSignal signal = new()
            {
                Name = "S",
                Start = start,
                Length = length,
                IsMotorola = isMotorola,
                Numbers = random.Next(2) == 0 ? DbcNumbers.Signed : DbcNumbers.Unsigned,
                Factor = (decimal)Math.Pow(10, -random.Next(0, 8)) * random.Next(1, 100) * (random.Next(2) == 0 ? 1 : -1),
                Offset = random.Next(-1000, 1000) / 8m,
                Min = 0,
                Max = 0,
                Unit = "",
            };
            if (!signal.FitsInto(64))
                continue;
            Assert.Null(signal.Settle());
            byte[] data = new byte[64], others = new byte[64];
            random.NextBytes(others);
            others.CopyTo(data, 0);
            ulong raw = (ulong)random.NextInt64(long.MinValue, long.MaxValue) & (length == 64 ? ulong.MaxValue : (1ul << length) - 1);
            signal.Write(data, raw);
            Assert.Equal(raw, signal.Read(data));
            Assert.True(signal.TryRead(signal.ShowNumber(raw), out ulong again), signal.ShowNumber(raw));
            Assert.Equal(raw, again);
            ulong before = signal.Read(others);
            signal.Write(data, before);
            Assert.Equal(others, data);
        }
    }

    [Theory]
    [InlineData("BO_ 1 A: 9 E", "f:1: A cannot have 9 bytes: 0 to 8, or with FD 12, 16, 20, 24, 32, 48, 64")]
    [InlineData("BO_ 2048 A: 8 E", "f:1: A cannot have the identifier 2048: 0 to 2047, or with 2147483648 added 0 to 536870911")]
    [InlineData("BO_ 1 A: 8 E\nBO_ 1 B: 8 E", "f:2: the identifier 1 of B is that of A already")]
    [InlineData("BO_ 1 A: 8 E\nBO_ 2 A: 8 E", "f:2: there are two messages 'A': give one another name")]
    [InlineData("BO_ x A: 8 E", "f:1: here must be the identifier of a message, and not 'x'")]
    [InlineData("BO_ 1 A 8 E", "f:1: ':' is missing before '8'")]
    [InlineData("SG_ S : 0|8@1+ (1,0) [0|0] \"\" E", "f:1: a signal (SG_) follows the message (BO_) that it is in")]
    [InlineData("BO_ 1 A: 1 E\n SG_ S : 0|9@1+ (1,0) [0|0] \"\" E", "f:2: S does not fit into A, which has 1 bytes")]
    [InlineData("BO_ 1 A: 1 E\n SG_ S : 0|8@2+ (1,0) [0|0] \"\" E", "f:2: the byte order is 1 (Intel) or 0 (Motorola)")]
    [InlineData("BO_ 1 A: 1 E\n SG_ S : 0|8@1+ (0,0) [0|0] \"\" E", "f:2: the factor of S is 0: write 1 if it has none")]
    [InlineData("BO_ 1 A: 1 E\n SG_ S : 0|8@1+ (1e400,0) [0|0] \"\" E", "f:2: the factor cannot be '1e400'")]
    [InlineData("BO_ 1 A: 1 E\n SG_ S : 0|65@1+ (1,0) [0|0] \"\" E", "f:2: the number of bits cannot be '65': 1 to 64")]
    [InlineData("BO_ 1 A: 1 E\n SG_ S m1 : 0|8@1+ (1,0) [0|0] \"\" E", "f:2: S depends on a multiplexor, and A has 0: mark one with M")]
    [InlineData("BO_ 1 A: 1 E\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" E\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" E", "f:3: A has a signal 'S' already")]
    [InlineData("BO_ 1 A: 1 E\n SG_ S : 0|8@1+ (1,0) [0|0] \"\" E\nSIG_VALTYPE_ 1 S : 1;", "f:2: a floating-point signal has 32 or 64 bits, and S 8")]
    [InlineData("BO_ 1 A: 8 E\n SG_ S : 0|64@1+ (1e20,0) [0|0] \"\" E", "f:2: S would be too large: give it a smaller factor")]
    [InlineData("BA_ \"GenMsgCycleTime\" BO_ 1 -5;", "f:1: a cycle time cannot be '-5': 0 to 3600000 milliseconds")]
    [InlineData("CM_ \"no end", "f:1: a text has no end: write a quotation mark behind it")]
    [InlineData("BO_ 1 A: 8 E\n?", "f:2: '?' has no meaning here")]
    [InlineData("; BO_", "f:1: a line of a DBC file begins with a keyword")]
    [InlineData(
        "BO_ 1 A: 2 E\n SG_ S M : 0|8@1+ (1,0) [0|0] \"\" E\n SG_ T M : 8|8@1+ (1,0) [0|0] \"\" E\nSG_MUL_VAL_ 1 S T 0-0;\nSG_MUL_VAL_ 1 T S 0-0;",
        "f:2: S depends on itself")]
    public void A_mistake_is_said_where_it_was_made(string text, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<DbcException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFFVERSION \"\"")]
    [InlineData("NS_ :\n\tBO_\n\tSG_\nBS_: 500 : 1,2\nBU_:")]
    [InlineData("VAL_ Environment 0 \"a\" ;\nVAL_ 7 Unknown 0 \"a\" ;\nSIG_VALTYPE_ 7 Unknown : 1;")]
    [InlineData("SIG_GROUP_ 1 G 1 : S;\r\nBO_TX_BU_ 1 : A,B;\r\n")]
    [InlineData("BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX\n SG_ Lone : 0|8@1+ (1,0) [0|0] \"\" E")]
    public void What_says_nothing_of_messages_is_passed_over(string text) => Assert.Empty(Read(text).Messages);

    internal static DbcFile Read(string text) => DbcReader.Read("f", text);

    private static (DbcMessage Message, DbcSignal Signal) Find(string name)
    {
        DbcMessage message = Read(Example).Messages.First(m => m.Find(name) is not null);
        return (message, message.Find(name)!);
    }
}
