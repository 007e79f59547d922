// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using Xunit;

namespace VhostDevice.Devices.Tests.Can.Ecu;

/// <summary>UDS: what each service answers, what it refuses, and in which order it checks.</summary>
public sealed class UdsTests : IDisposable
{
    private const string Engine = """
          - model: ecu
            name: engine
            bus: body
            diagnostics:
              channels:
                - {request: 0x7E0, response: 0x7E8, functional: 0x7DF}
                - {request: 0x7E1, response: 0x7E9, functional: 0x7DF}
              vin: WVWZZZ1JZXW000001
              obd: {engine-speed: 850, coolant-temperature: 90}
        """;

    private readonly Tester _tester = new(
        Engine + """

              data:
                - {id: 0xF18C, name: serial, text: "4711", size: 8, write: "extended level 1"}
                - {id: 0x0100, bytes: 0102, write: extended}
                - {id: 0x0101, bytes: "00", read: "level 1"}
                - {id: 0x0102, from: engine-speed, size: 2, factor: 0.5, write: always}
                - {id: 0x0103, bytes: "00", write: extended, delay: 6000}
                - {id: 0x0104, bytes: "00", read: never}
              routines:
                - {id: 0x0203, takes: 1, result: AABB, time: 1000}
                - {id: 0xFF00, allow: "programming level 1", delay: 3000}
              security: [{level: 1, secret: 0x12345678}, {level: 3, secret: 1}]
              memory:
                - {address: 0x08000000, size: 5000, file: flash.bin, download: "programming level 1"}
                - {address: 0x1000, size: 16, download: extended, upload: extended}

        """);

    public void Dispose() => _tester.Dispose();

    [Theory]
    [InlineData("1001", "5001003201F4")]
    [InlineData("1003", "5003003201F4")]
    [InlineData("1083", null)]
    [InlineData("3E00", "7E00")]
    [InlineData("3E80", null)]
    [InlineData("22F190", "62F1905756575A5A5A314A5A5857303030303031")]
    [InlineData("22F186", "62F18601")]
    [InlineData("22F18C", "62F18C3437313100000000")]
    [InlineData("2201000102", "62010001020102" + "06A4")]
    [InlineData("22F40C", "62F40C0D48")]
    [InlineData("1101", "5101")]
    [InlineData("190A", "590AAF")]
    [InlineData("1901FF", "5901AF010000")]
    [InlineData("14FFFFFF", "54")]
    public void What_it_has_it_answers(string request, string? answer) =>
        Assert.Equal(answer, _tester.Ask(request));

    /// <summary>The service, its session, the sub-function, the length, and then what the service looks at.</summary>
    [Theory]
    [InlineData("BA", "7FBA11")]
    [InlineData("2501", "7F2511")]
    [InlineData("10", "7F1013")]
    [InlineData("1004", "7F1012")]
    [InlineData("100100", "7F1013")]
    [InlineData("1104", "7F1112")]
    [InlineData("110100", "7F1113")]
    [InlineData("14FFFF", "7F1413")]
    [InlineData("14000001", "7F1431")]
    [InlineData("1955", "7F1912")]
    [InlineData("1902", "7F1913")]
    [InlineData("1904000001FF", "7F1931")]
    [InlineData("22", "7F2213")]
    [InlineData("22F1", "7F2213")]
    [InlineData("220000", "7F2231")]
    [InlineData("220104", "7F2231")]
    [InlineData("220101", "7F2231")]
    [InlineData("2701", "7F277F")]
    [InlineData("280001", "7F287F")]
    [InlineData("8501", "7F857F")]
    [InlineData("34004411223344", "7F347F")]
    [InlineData("3601", "7F367F")]
    [InlineData("2E01", "7F2E13")]
    [InlineData("2E000001", "7F2E31")]
    [InlineData("2E01000102", "7F2E31")]
    [InlineData("31010203", "7F3131")]
    [InlineData("3104", "7F3112")]
    [InlineData("3101", "7F3113")]
    [InlineData("3E01", "7F3E12")]
    [InlineData("3E0000", "7F3E13")]
    public void What_it_refuses_it_gives_a_reason_for(string request, string answer) => Assert.Equal(answer, _tester.Ask(request));

    [Theory]
    [InlineData("2705", "7F2712")]
    [InlineData("270100", "7F2713")]
    [InlineData("270200000000", "7F2724")]
    [InlineData("2800", "7F2813")]
    [InlineData("280004", "7F2831")]
    [InlineData("280401", "7F2812")]
    [InlineData("8503", "7F8512")]
    [InlineData("2E010001", "7F2E13")]
    [InlineData("2EF18C0000000000000000", "7F2E33")]
    [InlineData("220101", "7F2233")]
    [InlineData("2201002201", "6201000102")]
    [InlineData("3101020300", "7101020301")]
    [InlineData("31010203", "7F3113")]
    [InlineData("31020203", "7F3124")]
    [InlineData("31030203", "7F3124")]
    [InlineData("3101FF00", "7F3131")]
    [InlineData("3400", "7F3413")]
    [InlineData("34004411223344", "7F3413")]
    [InlineData("340055", "7F3431")]
    [InlineData("341112100010", "7F3431")]
    [InlineData("3400120FFF10", "7F3431")]
    [InlineData("3400440800000000000010", "7F3431")]
    [InlineData("36", "7F3613")]
    [InlineData("3601", "7F3624")]
    [InlineData("37", "7F3724")]
    [InlineData("3700", "7F3713")]
    public void In_a_session_it_checks_further(string request, string answer)
    {
        Assert.Equal("5003003201F4", _tester.Ask("1003"));
        Assert.Equal(answer, _tester.Ask(request));
    }

    [Fact]
    public void What_several_were_asked_is_not_refused()
    {
        foreach (string request in (string[])["BA", "1004", "220000", "31010203", "2701", "0103", "0A00"])
            Assert.Null(_tester.Ask(request, 0x7DF));
        Assert.Equal("7F2213", _tester.Ask("22", 0x7DF));
        Assert.Equal("62F18601", _tester.Ask("22F186", 0x7DF));
        // Answers of others are none of its business.
        foreach (string request in (string[])["7F2211", "62F18601", "50"])
            Assert.Null(_tester.Ask(request));
    }

    [Fact]
    public void A_session_ends_when_its_tester_falls_silent()
    {
        Assert.Equal("5003003201F4", _tester.Ask("1003"));
        _tester.Time.PassMilliseconds(4999);
        Assert.Null(_tester.Ask("3E80"));
        _tester.Time.PassMilliseconds(4999);
        Assert.Equal("62F18603", _tester.Ask("22F186"));
        _tester.Time.PassMilliseconds(5000);
        Assert.Equal("62F18601", _tester.Ask("22F186"));
    }

    [Fact]
    public void Testers_have_sessions_of_their_own()
    {
        Assert.Equal("5003003201F4", _tester.Ask("1003"));
        (_tester.Request, _tester.Response) = (0x7E1, 0x7E9);
        Assert.Equal("62F18601", _tester.Ask("22F186"));
        Assert.Equal("5002003201F4", _tester.Ask("1002"));
        (_tester.Request, _tester.Response) = (0x7E0, 0x7E8);
        Assert.Equal("62F18603", _tester.Ask("22F186"));
        // A reset is one for all.
        Assert.Equal("5101", _tester.Ask("1101"));
        (_tester.Request, _tester.Response) = (0x7E1, 0x7E9);
        Assert.Equal("62F18601", _tester.Ask("22F186"));
    }

    [Fact]
    public void Data_is_written_and_seen_by_people()
    {
        Assert.Equal("6E0102", _tester.Ask("2E01020FA0"));
        Assert.Equal("2000", _tester.Get("engine.engine-speed"));
        Assert.Null(_tester.Run("set engine did-0100 AABB"));
        Assert.Equal("620100AABB", _tester.Ask("220100"));
        Assert.NotNull(_tester.Run("set engine did-0100 AA"));
        _ = _tester.Ask("1003");
        Assert.Equal("6E0100", _tester.Ask("2E01001234"));
        Assert.Equal("1234", _tester.Get("engine.did-0100"));
        Unlock(1, 0x12345678);
        Assert.Equal("6EF18C", _tester.Ask("2EF18C" + Convert.ToHexString("NEW\0\0\0\0\0"u8)));
        Assert.Equal("NEW", _tester.Get("engine.serial"));
        Assert.Equal("62010100", _tester.Ask("220101"));
    }

    [Fact]
    public void A_key_opens_one_level_until_the_session_changes()
    {
        _ = _tester.Ask("1003");
        Unlock(1, 0x12345678);
        Assert.Equal("670100000000", _tester.Ask("2701"));
        Assert.Equal("62010100", _tester.Ask("220101"));
        Unlock(3, 1);
        Assert.Equal("7F2233", _tester.Ask("220101"));
        _ = _tester.Ask("1003");
        Assert.NotEqual("670300000000", _tester.Ask("2703"));
    }

    [Fact]
    public void Wrong_keys_close_a_level_for_a_while()
    {
        _ = _tester.Ask("1003");
        foreach (string answer in (string[])["7F2735", "7F2735", "7F2736"])
        {
            Assert.StartsWith("6701", _tester.Ask("2701"), StringComparison.Ordinal);
            Assert.Equal(answer, _tester.Ask("270200000000"));
        }

        Assert.Equal("7F2737", _tester.Ask("2701"));
        // Not even in another session, or for another tester.
        _ = _tester.Ask("1101");
        _ = _tester.Ask("1003");
        Assert.Equal("7F2737", _tester.Ask("2701"));
        Assert.StartsWith("6703", _tester.Ask("2703"), StringComparison.Ordinal);
        _tester.Time.PassMilliseconds(10_000);
        _ = _tester.Ask("1003");
        Unlock(1, 0x12345678);
    }

    [Fact]
    public void A_routine_takes_its_time()
    {
        _ = _tester.Ask("1003");
        Assert.Equal("7101020301", _tester.Ask("3101020300"));
        Assert.Equal("7103020301", _tester.Ask("31030203"));
        _tester.Time.PassMilliseconds(1000);
        Assert.Equal("7103020300AABB", _tester.Ask("31030203"));
        Assert.Equal("7F3124", _tester.Ask("31020203"));
        _ = _tester.Ask("3101020300");
        Assert.Equal("7102020302", _tester.Ask("31020203"));
        Assert.Equal("7103020302", _tester.Ask("31030203"));
    }

    [Fact]
    public void A_tester_is_told_to_wait_for_what_takes_long()
    {
        _ = _tester.Ask("1003");
        Assert.Equal("7F2E78", _tester.Ask("2E010301"));
        // One request at a time; a sign of life is none.
        Assert.Equal("7F2221", _tester.Ask("220100"));
        Assert.Null(_tester.Ask("3E80"));
        _tester.Time.PassMilliseconds(2500);
        Assert.Equal("7F2E78", _tester.Answer());
        _tester.Time.PassMilliseconds(2500);
        Assert.Equal("7F2E78", _tester.Answer());
        _tester.Time.PassMilliseconds(1000);
        Assert.Equal("6E0103", _tester.Answer());
        Assert.Equal("62F18603", _tester.Ask("22F186"));
        // Meanwhile a reset by another tester ends it.
        Assert.Equal("7F2E78", _tester.Ask("2E010301"));
        (_tester.Request, _tester.Response) = (0x7E1, 0x7E9);
        Assert.Equal("5101", _tester.Ask("1101"));
        (_tester.Request, _tester.Response) = (0x7E0, 0x7E8);
        _tester.Time.PassMilliseconds(10_000);
        Assert.Null(_tester.Answer());
    }

    [Fact]
    public void A_download_fills_memory_and_an_upload_reads_it()
    {
        _ = _tester.Ask("1002");
        Assert.Equal("7F3433", _tester.Ask("3400440800000000001388"));
        Unlock(1, 0x12345678);
        Assert.Equal("74200FFF", _tester.Ask("3400440800000000001388"));
        Assert.Equal("7F3422", _tester.Ask("3400440800000000001388"));
        Assert.Equal("7F3724", _tester.Ask("37"));
        byte[] all = new byte[5000];
        new Random(1).NextBytes(all);
        Assert.Equal("7F3673", _tester.Ask("360200"));
        Assert.Equal("7F3613", _tester.Ask("3601"));
        Assert.Equal("7601", _tester.Ask("3601" + Convert.ToHexString(all.AsSpan(0, 4000))));
        // The answer was lost: once more is no harm.
        Assert.Equal("7601", _tester.Ask("3601" + Convert.ToHexString(all.AsSpan(0, 4000))));
        Assert.Equal("7F3671", _tester.Ask("3602" + Convert.ToHexString(all.AsSpan(0, 1001))));
        Assert.Equal("7602", _tester.Ask("3602" + Convert.ToHexString(all.AsSpan(4000))));
        Assert.Equal("77", _tester.Ask("37"));
        Assert.Equal(all, File.ReadAllBytes(Path.Combine(_tester.Folder, "flash.bin")));
        Assert.Equal("75200FFF", _tester.Ask("3500440800000000001388"));
        string first = _tester.Ask("3601")!, second = _tester.Ask("3602")!;
        Assert.Equal(second, _tester.Ask("3602"));
        Assert.Equal("7F3624", _tester.Ask("3603"));
        Assert.Equal("77", _tester.Ask("37"));
        Assert.Equal(Convert.ToHexString(all), first[4..] + second[4..]);
    }

    [Fact]
    public void A_transfer_ends_with_its_session()
    {
        _ = _tester.Ask("1003");
        Assert.Equal("74200FFF", _tester.Ask("340012100010"));
        _ = _tester.Ask("1003");
        Assert.Equal("7F3624", _tester.Ask("360100"));
        Assert.Equal("74200FFF", _tester.Ask("340012100010"));
    }

    [Fact]
    public void Codes_are_reported_and_cleared()
    {
        Assert.Null(_tester.Run("set engine codes P0301 P0420:pending U0100-87:stored P0171:permanent"));
        Assert.Equal("P0301 P0420:pending U0100-87:stored P0171:permanent", _tester.Get("engine.codes"));
        Assert.Equal("5902AF" + "030100AF" + "017100AF", _tester.Ask("190280"));
        Assert.Equal("590AAF" + "030100AF" + "04200027" + "C1008728" + "017100AF", _tester.Ask("190A"));
        Assert.Equal("5901AF010003", _tester.Ask("190108"));
        Assert.Equal("590303010001", _tester.Ask("1903"));
        // Frozen: the coolant's temperature and the engine's speed of that moment.
        _ = _tester.Run("set engine engine-speed 3000");
        Assert.Equal("5904030100AF0102" + "F40582" + "F40C0D48", _tester.Ask("190403010001"));
        Assert.Equal("5904042000" + "27", _tester.Ask("1904042000FF"));
        Assert.Equal("5906030100AF0101", _tester.Ask("190603010001"));
        Assert.Equal("54", _tester.Ask("14030100"));
        Assert.Equal("P0420:pending U0100-87:stored P0171:permanent", _tester.Get("engine.codes"));
        Assert.Equal("5903", _tester.Ask("1903"));
        Assert.Equal("54", _tester.Ask("14FFFFFF"));
        Assert.Equal("P0171:0x00", _tester.Get("engine.codes"));
        Assert.NotNull(_tester.Run("set engine codes X0301"));
        Assert.NotNull(_tester.Run("set engine codes P0301 P0301"));
        Assert.Null(_tester.Run("set engine codes none"));
        Assert.Equal("590AAF", _tester.Ask("190A"));
    }

    [Fact]
    public void A_tester_that_freezes_the_codes_does_so_until_its_session_ends()
    {
        _ = _tester.Ask("1003");
        Assert.Equal("C502", _tester.Ask("8502"));
        Assert.NotNull(_tester.Run("set engine codes P0301"));
        Assert.Equal("C501", _tester.Ask("8501"));
        Assert.Null(_tester.Run("set engine codes P0301"));
        Assert.Null(_tester.Ask("8582"));
        _tester.Time.PassMilliseconds(5000);
        Assert.Null(_tester.Run("set engine codes P0302"));
    }

    [Fact]
    public void A_tester_that_silences_the_rest_does_so_until_its_session_ends()
    {
        using Tester tester = new(
            "  - {model: ecu, name: engine, bus: body, dbc: car.dbc, sends: [EngineData], receives: [Muxed], diagnostics: {}}\n",
            DbcTests.Example);
        _ = tester.Ask("1003");
        Assert.Equal("6803", tester.Ask("280301"));
        tester.Send("12C#0007");
        tester.Time.PassMilliseconds(1000);
        Assert.Equal([], tester.Frames());
        Assert.Equal("0", tester.Get("engine.First"));
        Assert.Equal("6800", tester.Ask("280001"));
        tester.Time.PassMilliseconds(20);
        Assert.Single(tester.Frames());
        Assert.Equal("6801", tester.Ask("280101"));
        tester.Send("12C#0007");
        Assert.Equal("7", tester.Get("engine.First"));
        tester.Time.PassMilliseconds(5000);
        Assert.Single(tester.Frames());
    }

    [Fact]
    public void A_new_request_ends_an_answer_that_nobody_takes()
    {
        _tester.Send("7E0#0322F190");
        Assert.Equal(["7E8#101462F190575657"], _tester.Frames());
        Assert.Equal("7E00", _tester.Ask("3E00"));
        Assert.Empty(_tester.Exchange("7E0#300000"));
    }

    private void Unlock(int level, uint secret)
    {
        string seed = _tester.Ask($"27{level:X2}")!;
        Assert.StartsWith($"67{level:X2}", seed, StringComparison.Ordinal);
        uint key = BinaryPrimitives.ReadUInt32BigEndian(Convert.FromHexString(seed).AsSpan(2)) ^ secret;
        Assert.Equal($"67{level + 1:X2}", _tester.Ask($"27{level + 1:X2}{key:X8}"));
    }
}
