// SPDX-License-Identifier: Apache-2.0

/** A cell: one scenario with its parameters, as the runner asks for it in one line. */
final class Cell {
    String scenario;
    String implementation = "";
    String mode = "single";
    int producers = 1;
    int capacity = 1024; // 0: unbounded
    int payloadBytes = 8;
    int count = 100_000;
    int rate = 0;

    Cell(String request) {
        String[] words = request.trim().split("\\s+");
        scenario = words[0];
        for (int index = 1; index < words.length; index++) {
            int equals = words[index].indexOf('=');
            if (equals < 0) Report.fail(words[index] + " is not parameter=value");
            String value = words[index].substring(equals + 1);
            switch (words[index].substring(0, equals)) {
                case "implementation": implementation = value; break;
                case "mode": mode = value; break;
                case "producers": producers = Integer.parseInt(value); break;
                case "capacity":
                    if (value.equals("rendezvous")) Report.fail("there is no rendezvous");
                    capacity = Integer.parseInt(value);
                    break;
                case "payload_bytes": payloadBytes = Integer.parseInt(value); break;
                case "count": count = Integer.parseInt(value); break;
                case "rate": rate = Integer.parseInt(value); break;
                default: break;
            }
        }
    }

    int words() {
        return payloadBytes / 8;
    }

    /** What one producer sends of the count; the remainder goes to the first ones. */
    int share(int producer) {
        return count / producers + (producer < count % producers ? 1 : 0);
    }
}
